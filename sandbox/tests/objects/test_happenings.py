from datetime import UTC, datetime

from intacct_sandbox.app import Sandbox
from intacct_sandbox.identity import companies
from intacct_sandbox.objects import ALL, Author, Changes, Scope, happenings

VENDOR = ALL["accounts-payable/vendor"]
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def writer(sandbox: Sandbox) -> tuple[Changes, int]:
    company = companies.find(sandbox.store, "MyCompany")
    assert company is not None
    author = Author(scope=Scope(company_key=company.key), user_key=1, user_id="Admin", now=NOW)
    return Changes(sandbox.store, sandbox.quirks, author), company.key


def test_what_happens_to_a_listened_object_is_taken_once(sandbox: Sandbox) -> None:
    changes, company_key = writer(sandbox)
    happenings.listen(sandbox.store, company_key, [VENDOR.name])
    written = changes.create(VENDOR, {"id": "New", "name": "New"})
    changes.delete(VENDOR, str(written.key))
    taken = happenings.take(sandbox.store)
    assert [(one.event, one.record_id, one.at) for one in taken] == [
        ("create", "New", NOW),
        ("delete", "New", NOW),
    ]
    assert taken[1].record["name"] == "New"
    assert happenings.take(sandbox.store) == []


def test_nobody_listens_to_other_objects_any_more(sandbox: Sandbox) -> None:
    changes, company_key = writer(sandbox)
    happenings.listen(sandbox.store, company_key, [VENDOR.name])
    happenings.listen(sandbox.store, company_key, ["accounts-receivable/customer"])
    changes.create(VENDOR, {"id": "New", "name": "New"})
    assert happenings.take(sandbox.store) == []
