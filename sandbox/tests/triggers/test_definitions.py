from dataclasses import replace
from typing import Any

import pytest

from intacct_sandbox.app import Sandbox
from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.fixtures.guide import CLIENT_ID, NON_PRODUCTION_CLIENT_ID
from intacct_sandbox.identity import companies
from intacct_sandbox.triggers import definitions
from intacct_sandbox.triggers.definitions import NewTrigger

GOOD = NewTrigger(
    name="Vendors",
    object_name="accounts-payable/vendor",
    events=("delete", "create"),
    url="http://127.0.0.1:9/hook",
    client_id=CLIENT_ID,
)


def key(sandbox: Sandbox) -> int:
    company = companies.find(sandbox.store, "MyCompany")
    assert company is not None
    return company.key


def test_a_trigger_is_kept_changed_and_deleted(sandbox: Sandbox) -> None:
    made = definitions.add(sandbox.store, key(sandbox), GOOD)
    assert made.events == ("create", "delete")
    changed = definitions.update(sandbox.store, made.key, replace(GOOD, name="V", events=("update",)))
    assert (changed.name, changed.events) == ("V", ("update",))
    assert definitions.set_status(sandbox.store, made.key, "inactive").status == "inactive"
    definitions.remove(sandbox.store, made.key)
    assert definitions.every(sandbox.store, key(sandbox)) == []
    with pytest.raises(UnknownThing):
        definitions.remove(sandbox.store, made.key)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 101),
        ("object_name", "accounts-payable/nothing"),
        ("events", ()),
        ("events", ("explode",)),
        ("url", "ftp://127.0.0.1/"),
        ("client_id", NON_PRODUCTION_CLIENT_ID),
        ("status", "asleep"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(field: str, value: Any, sandbox: Sandbox) -> None:
    with pytest.raises(InvalidInput) as refused:
        definitions.add(sandbox.store, key(sandbox), replace(GOOD, **{field: value}))
    assert refused.value.field == field


def test_a_name_stands_for_one_trigger(sandbox: Sandbox) -> None:
    made = definitions.add(sandbox.store, key(sandbox), GOOD)
    with pytest.raises(InvalidInput, match="already"):
        definitions.add(sandbox.store, key(sandbox), GOOD)
    assert definitions.update(sandbox.store, made.key, GOOD) == made
