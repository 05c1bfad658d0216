"""`sageintacctsdk`, as published, against the sandbox: its address is written into it, so it goes through the
front by the variables that `requests` looks at.
"""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from sageintacctsdk import SageIntacctSDK
from sageintacctsdk.exceptions import InvalidTokenError, NoPrivilegeError, WrongParamsError

from e2e.fronting import Fronted, fronted

WHO = {
    "sender_id": "acme-sender",
    "sender_password": "sandbox-sender",
    "user_id": "Admin",
    "company_id": "MyCompany",
    "user_password": "sandbox",
}
# Without facts to serve them from: the sandbox says so. `get_all` of the first two is of no object.
NOT_SERVED = {
    "api_base",
    "ar_aging",
    "ap_detail",
    "reimbursements",
    "rev_rec_schedules",
    "rev_rec_schedule_entries",
}
# The client itself can't read an empty list by these methods, or wants to be told of what.
OWN_WAYS = {"ap_payments", "attachments", "dimension_values"}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fronted]:
    with fronted(tmp_path_factory.mktemp("python-xml")) as both:
        yield both


@pytest.fixture
def connect(started: Fronted, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Makes clients, on a company that nobody has touched."""
    httpx2.post(f"{started.sandbox.url}/_sandbox/reset").raise_for_status()
    for name, value in started.variables().items():
        monkeypatch.setenv(name, value)
    return lambda **changes: SageIntacctSDK(**{**WHO, **changes})


@pytest.fixture
def client(connect: Callable[..., Any]) -> Any:
    return connect()


def day(text: str) -> dict[str, str]:
    return dict(zip(("year", "month", "day"), text.split("-"), strict=True))


def names_of(client: Any) -> list[str]:
    return [name for name in vars(client) if not name.startswith("_")]


def test_every_object_that_the_client_knows_is_read_whole(client: Any) -> None:
    counts = {}
    for name in names_of(client):
        api = getattr(client, name)
        if name in NOT_SERVED:
            with pytest.raises(WrongParamsError):
                api.get_all()
        elif name not in OWN_WAYS:
            counts[name] = len(api.get_all())
    assert len(counts) > 30
    assert (counts["vendors"], counts["customers"], counts["bills"]) == (40, 26, 120)
    assert counts["ar_invoices"] == 508
    assert counts["gl_detail"] > 100


def test_a_session_is_for_an_entity_and_can_be_used_again(connect: Callable[..., Any]) -> None:
    bills = len(connect().bills.get_all())
    entity = connect(entity_id="Central Region")
    assert 0 < len(entity.bills.get_all()) < bills
    session_id = entity.api_base.get_session_id("Admin", "MyCompany", "sandbox", "Central Region")
    again = connect(session_id=session_id)
    assert len(again.bills.get_all()) == len(entity.bills.get_all())


def test_errors_of_each_level_are_the_clients_own(connect: Callable[..., Any], client: Any) -> None:
    with pytest.raises(WrongParamsError) as control:
        connect(sender_password="wrong")
    assert control.value.response["error"][0]["errorno"] == "XL03000006"
    with pytest.raises(InvalidTokenError):
        connect(user_password="wrong")
    with pytest.raises(NoPrivilegeError):
        connect(user_id="Reader").vendors.post({"VENDORID": "N-1", "NAME": "New"})
    with pytest.raises(WrongParamsError) as field:
        client.vendors.get_all(fields=["UNICORN"])
    assert "UNICORN" in field.value.response["error"][0]["description2"]


def test_queries_filter_order_count_and_page(client: Any) -> None:
    everybody = client.vendors.get_all()
    active = [one for one in everybody if one["STATUS"] == "active"]
    assert client.vendors.count() == len(active)
    with_a = [one for one in active if one["NAME"].startswith("A")]
    filters = [("equalto", "STATUS", "active"), ("like", "NAME", "A%")]
    assert client.vendors.count(and_filter=filters) == len(with_a)
    assert client.vendors.get_by_query(and_filter=filters) == with_a
    either = [("equalto", "VENDORID", one["VENDORID"]) for one in everybody[:2]]
    assert client.vendors.count(or_filter=either) == 2
    (page,) = client.vendors.get_all_generator(
        field="STATUS", value="active", updated_at="01/01/2020", order_by_field="NAME", order="descending"
    )
    assert [one["NAME"] for one in page] == sorted((one["NAME"] for one in active), reverse=True)
    dated = client.bills.get_by_query(
        fields=["WHENCREATED"], and_filter=[("between", "WHENCREATED", ["01/01/2024", "12/31/2024"])]
    )
    assert {one["WHENCREATED"][-4:] for one in dated} == {"2024"}
    by_query = client.customers.read_by_query(fields=["CUSTOMERID"])["data"]
    assert len(by_query["customer"]) == 26
    one = client.customers.get("CUSTOMERID", "10001", fields=["NAME"])
    assert one["customer"]["NAME"]


def test_objects_are_described(client: Any) -> None:
    fields = client.vendors.get_lookup()["Type"]["Fields"]["Field"]
    assert "VENDORID" in {one["ID"] for one in fields}
    assert "VENDOR" in {one["objectName"] for one in client.dimensions.get_all()}
    assert len(client.dimensions.get_objects()["type"]) > 100


RECORDS: list[tuple[str, dict[str, Any], str]] = [
    ("contacts", {"CONTACTNAME": "Zoe", "PRINTAS": "Zoe", "MAILADDRESS": {"CITY": "Rome"}}, "CONTACTNAME"),
    ("vendors", {"VENDORID": "N-1", "NAME": "N", "DISPLAYCONTACT": {"PRINTAS": "N"}}, "VENDORID"),
    ("customers", {"CUSTOMERID": "N-1", "NAME": "N", "DISPLAYCONTACT": {"PRINTAS": "N"}}, "CUSTOMERID"),
    ("projects", {"PROJECTID": "N-1", "NAME": "N", "PROJECTCATEGORY": "Contract"}, "PROJECTID"),
    ("classes", {"CLASSID": "N-1", "NAME": "N"}, "CLASSID"),
    ("departments", {"DEPARTMENTID": "N-1", "TITLE": "N"}, "DEPARTMENTID"),
    ("items", {"ITEMID": "N-1", "NAME": "N", "ITEMTYPE": "Non-Inventory"}, "ITEMID"),
    ("expense_types", {"ACCOUNTLABEL": "Food", "DESCRIPTION": "f", "GLACCOUNTNO": "1500"}, "ACCOUNTLABEL"),
    ("charge_card_accounts", {"CARDID": "N-1", "DESCRIPTION": "c", "VENDORID": "20001"}, "CARDID"),
]


@pytest.mark.parametrize(("api", "record", "named_by"), RECORDS, ids=[one[0] for one in RECORDS])
def test_a_record_is_created_changed_found_and_deleted(
    client: Any, api: str, record: dict[str, Any], named_by: str
) -> None:
    records = getattr(client, api)
    (made,) = (one for one in records.post(record)["data"].values() if isinstance(one, dict))
    records.update({named_by: record[named_by], "STATUS": "inactive"})
    found = records.get_by_query(
        fields=["RECORDNO", "STATUS"], and_filter=[("equalto", named_by, record[named_by])]
    )
    assert found == [{"RECORDNO": made["RECORDNO"], "STATUS": "inactive"}]
    records.delete(made["RECORDNO"])
    assert records.count(named_by, record[named_by]) == 0


def test_a_bill_is_paid_and_an_invoice_made_the_older_way(client: Any) -> None:
    place = client.ar_invoice_items.get_all()[0]["LOCATIONID"]
    line = {"ACCOUNTNO": "1500", "TRX_AMOUNT": "12.00", "LOCATIONID": place}
    dates = {"WHENCREATED": "01/01/2026", "WHENDUE": "01/31/2026"}
    bill = {"VENDORID": "20001", "RECORDID": "N-1", "CURRENCY": "USD", **dates}
    made = client.bills.post({**bill, "APBILLITEMS": {"APBILLITEM": [line, line]}})
    key = made["data"]["apbill"]["RECORDNO"]
    client.checking_accounts.post({"BANKACCOUNTID": "BANK", "BANKACCOUNTNO": "1", "GLACCOUNTNO": "1000"})
    paid = client.ap_payments.post(
        {
            "PAYMENTMETHOD": "EFT",
            "FINANCIALENTITY": "BANK",
            "VENDORID": "20001",
            "PAYMENTDATE": "02/01/2026",
            "CURRENCY": "USD",
            "APPYMTDETAILS": {"APPYMTDETAIL": {"RECORDKEY": key, "TRX_PAYMENTAMOUNT": "24.00"}},
        }
    )
    payment = [("equalto", "RECORDNO", paid["data"]["appymt"]["RECORDNO"])]
    found = client.ap_payments.get_by_query(fields=["VENDORID"], and_filter=payment)
    assert found == [{"VENDORID": "20001"}]
    invoice = client.ar_invoices.post(
        {
            "customerid": "10001",
            "datecreated": day("2026-01-05"),
            "datedue": day("2026-02-05"),
            "invoiceno": "N-1",
            "invoiceitems": {"lineitem": [{"glaccountno": "1500", "amount": "9.00", "locationid": place}]},
        }
    )
    found = client.ar_invoices.get_by_query(
        fields=["TOTALDUE"], and_filter=[("equalto", "RECORDNO", invoice["key"])]
    )
    assert found == [{"TOTALDUE": "9.00"}]


def test_a_journal_entry_balances_or_is_refused(client: Any) -> None:
    place = client.ar_invoice_items.get_all()[0]["LOCATIONID"]

    def entry(credit: str) -> dict[str, Any]:
        line = {"ACCOUNTNO": "1500", "LOCATION": place}
        lines = [
            {**line, "TR_TYPE": "1", "TRX_AMOUNT": "5.00"},
            {**line, "TR_TYPE": "-1", "TRX_AMOUNT": credit},
        ]
        head = {"JOURNAL": "GJ", "BATCH_DATE": "01/31/2026", "BATCH_TITLE": "New"}
        return {**head, "ENTRIES": {"GLENTRY": lines}}

    with pytest.raises(WrongParamsError, match="balance"):
        client.journal_entries.post(entry("4.00"))
    key = client.journal_entries.post(entry("5.00"))["data"]["glbatch"]["RECORDNO"]
    lines = client.gl_detail.get_by_query(and_filter=[("equalto", "BATCHKEY", key)])
    assert [(one["DEBITAMOUNT"], one["CREDITAMOUNT"]) for one in lines] == [("5.00", None), (None, "5.00")]


def test_transactions_with_lines_are_made_the_older_way(client: Any) -> None:
    place = client.ar_invoice_items.get_all()[0]["LOCATIONID"]
    client.charge_card_accounts.post({"CARDID": "CARD", "DESCRIPTION": "c", "VENDORID": "20001"})
    line = {"glaccountno": "1500", "description": "x", "paymentamount": "4.00", "locationid": place}
    card = client.charge_card_transactions.post(
        {"chargecardid": "CARD", "paymentdate": day("2026-01-05"), "ccpayitems": {"ccpayitem": [line]}}
    )
    item = client.items.get_all()[0]["ITEMID"]
    sold = {"itemid": item, "quantity": "1", "unit": "Each", "price": "2.00", "locationid": place}
    order = client.order_entry_transactions.post(
        {
            "transactiontype": "Sales Invoice",
            "datecreated": day("2026-01-05"),
            "customerid": "10001",
            "documentno": "N-1",
            "sotransitems": {"sotransitem": [sold]},
        }
    )
    assert order["key"] == "Sales Invoice-N-1"
    report = client.expense_reports.post(
        {
            "employeeid": client.employees.get_all()[0]["EMPLOYEEID"],
            "datecreated": day("2026-01-05"),
            "state": "Submitted",
            "expenses": {
                "expense": [{"amount": "38.00", "expensedate": day("2026-01-04"), "locationid": place}]
            },
        }
    )
    counts = {
        name: getattr(client, name).count(None)
        for name in ("charge_card_transactions", "order_entry_transactions", "expense_reports")
    }
    assert set(counts.values()) == {1}
    client.attachments.create_attachments_folder({"supdocfoldername": "Folder"})
    client.attachments.post({"supdocid": "A-1", "supdocfoldername": "Folder"})
    client.charge_card_transactions.update_attachment(card["key"], "A-1")
    # The REST API has no attachment there either.
    with pytest.raises(WrongParamsError, match="supdocid"):
        client.expense_reports.update_attachment(report["key"], "A-1")
    with pytest.raises(WrongParamsError, match="create_reimbursementrequest"):
        client.reimbursements.post({"bankaccountid": "BANK"})


def test_attachments_keep_their_files(client: Any) -> None:
    def files(*names: str) -> dict[str, Any]:
        kind = {"attachmenttype": "pdf", "attachmentdata": "UERG"}
        return {"attachment": [{"attachmentname": name, **kind} for name in names]}

    attachments = client.attachments
    attachments.create_attachments_folder({"supdocfoldername": "Folder", "supdocfolderdescription": "f"})
    assert attachments.get_folder("name", "Folder")["data"]["supdocfolder"]["description"] == "f"
    assert attachments.get_all_folders()["name"] == "Folder"
    made = attachments.post({"supdocid": "A-1", "supdocfoldername": "Folder", "attachments": files("one")})
    assert made["key"]
    attachments.update({"supdocid": "A-1", "supdocfoldername": "Folder", "attachments": files("two")})
    found = attachments.get_attachment("supdocid", "A-1")["data"]["supdoc"]
    assert [one["attachmentname"] for one in found["attachments"]["attachment"]] == ["one", "two"]
    assert attachments.get_all_attachments()["folder"] == "Folder"
    posted = client.bills.get("STATE", "Posted", fields=["RECORDNO"])["apbill"][0]["RECORDNO"]
    client.bills.update_attachment(posted, "A-1")
    assert client.bills.get("RECORDNO", posted, fields=["SUPDOCID"])["apbill"]["SUPDOCID"] == "A-1"
    with pytest.raises(WrongParamsError, match="used by"):
        attachments.delete("A-1")


def test_result_pages_are_read_on(client: Any) -> None:
    asked = {"object": "APBILL", "fields": "RECORDNO", "query": None, "pagesize": "50"}
    page = client.bills.format_and_send_request({"readByQuery": asked})["data"]
    keys = [one["RECORDNO"] for one in page["apbill"]]
    while int(page["@numremaining"]):
        page = client.bills.format_and_send_request({"readMore": {"resultId": page["@resultId"]}})["data"]
        keys += [one["RECORDNO"] for one in page["apbill"]]
    assert len(set(keys)) == 120
