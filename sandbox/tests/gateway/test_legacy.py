import pytest

from intacct_sandbox.gateway import legacy
from intacct_sandbox.gateway.refusals import Refused


def test_an_object_and_its_fields_are_found_in_any_case() -> None:
    found = legacy.find("vendor")
    assert found.definition.name == "accounts-payable/vendor"
    assert found.field("vendorid").path == "id"


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(Refused, match="Object definition UNICORN not found"):
        legacy.find("UNICORN")
    with pytest.raises(Refused, match="HORN"):
        legacy.find("VENDOR").field("HORN")


def test_a_list_of_fields_keeps_its_order() -> None:
    found = legacy.find("VENDOR")
    assert [one.name for one in found.select("NAME, recordno")] == ["NAME", "RECORDNO"]
    assert found.select("*") == found.select("") == tuple(found.fields.values())


@pytest.mark.parametrize("name", legacy.ALL)
def test_every_object_has_its_key_its_name_and_its_lines(name: str) -> None:
    found = legacy.find(name)
    assert found.field("RECORDNO").path == "key"
    assert found.named_by in found.fields
    if found.lines is not None:
        lines = legacy.find(found.lines.object_name)
        assert found.lines.owner in {field.path for field in lines.fields.values()}


def test_what_every_object_has_is_there_without_being_told() -> None:
    vendor = legacy.find("VENDOR").fields
    assert next(iter(vendor)) == "RECORDNO"
    assert {"WHENMODIFIED", "CREATEDBY", "MEGAENTITYID", "BILLTO.CONTACTNAME"} - set(vendor) == {
        "BILLTO.CONTACTNAME"
    }
    assert vendor["DISPLAYCONTACT.MAILADDRESS.CITY"].path == "contacts.default.mailingAddress.city"
    line = legacy.find("APBILLITEM").fields
    assert line["PROJECTDIMKEY"].path == "dimensions.project.key"
    # A line is in no entity of its own.
    assert "MEGAENTITYID" not in line


def test_a_field_that_nothing_corresponds_to_is_shown_empty_and_not_compared() -> None:
    found = legacy.find("CUSTOMER")
    assert found.field("ENTITY").path == ""
    assert legacy.paths((found.field("ENTITY"), found.field("NAME"))) == ("key", "name")
    with pytest.raises(Refused, match="ENTITY"):
        found.comparable("ENTITY")
