from datetime import date
from decimal import Decimal

import pytest
from sandbox.tests.objects.conftest import STAMP, TODAY, Company

from intacct_sandbox.objects import UnknownField, get, registry

VENDOR = "accounts-payable/vendor"


def shown(company: Company, name: str, key: int) -> dict[str, object]:
    record = get(company.store, registry.ALL[name], str(key), company.top, today=TODAY)
    assert record is not None
    return record


def test_what_is_not_given_gets_its_default(company: Company) -> None:
    writer = company.writer()
    key = writer.add(VENDOR, {"id": "20001"})
    writer.flush()
    record = shown(company, VENDOR, key)
    assert record["status"] == "active"
    assert record["vendorRestriction"] == "unrestricted"
    assert record["totalDue"] is None


def test_values_and_stamp_are_kept(company: Company) -> None:
    writer = company.writer()
    key = writer.add(
        VENDOR,
        {
            "id": "20001",
            "totalDue": Decimal("12.50"),
            "lastBillCreatedDate": date(2026, 3, 1),
            "isOnHold": True,
        },
        stamp=STAMP,
        entity_key=company.entities[0],
    )
    writer.flush()
    record = shown(company, VENDOR, key)
    assert record["totalDue"] == "12.50"
    assert record["lastBillCreatedDate"] == "2026-03-01"
    assert record["isOnHold"] is True
    assert record["entity"] == {
        "key": str(company.entities[0]),
        "id": "Central Region",
        "name": "Central Region",
        "href": f"/objects/company-config/entity/{company.entities[0]}",
    }
    audit = record["audit"]
    assert isinstance(audit, dict)
    assert audit["createdDateTime"] == "2026-01-02T03:04:05Z"
    assert audit["modifiedDateTime"] == "2026-02-03T04:05:06Z"
    assert audit["createdByUser"] == {"key": "1", "id": "Admin", "href": "/objects/company-config/user/1"}
    assert audit["createdBy"] == "1"


def test_keys_go_on_where_they_stopped(company: Company) -> None:
    first = company.writer()
    assert [first.add(VENDOR, {"id": str(number)}) for number in range(3)] == [1, 2, 3]
    first.flush()
    assert company.writer().add(VENDOR, {"id": "next"}) == 4


def test_a_path_that_is_not_stored_is_refused(company: Company) -> None:
    for path in ("nothing", "key", "href", "vendor.id"):
        with pytest.raises(UnknownField):
            company.writer().add(VENDOR, {path: "x"})


def test_records_of_identity_are_not_written_here(company: Company) -> None:
    with pytest.raises(ValueError, match="kept by identity"):
        company.writer().add("company-config/user", {"id": "x"})


def test_nothing_is_written_before_the_flush(company: Company) -> None:
    writer = company.writer()
    writer.add(VENDOR, {"id": "20001"})
    assert company.store.is_empty(registry.ALL[VENDOR].table)
    writer.flush()
    assert not company.store.is_empty(registry.ALL[VENDOR].table)
