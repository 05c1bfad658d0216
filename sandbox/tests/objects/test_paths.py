import pytest

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.definitions import Kind
from intacct_sandbox.objects.errors import UnknownField, UnqueryableField
from intacct_sandbox.objects.paths import (
    href,
    resolve,
    resolve_for_filter,
    resolve_for_query,
    web_url,
)

INVOICE = registry.ALL["accounts-receivable/invoice"]
INVOICE_LINE = registry.ALL["accounts-receivable/invoice-line"]
VENDOR = registry.ALL["accounts-payable/vendor"]


def test_an_own_field_is_a_column_of_its_table() -> None:
    column = resolve(INVOICE, "currency.exchangeRate.rate")
    assert (column.name, column.steps, column.kind) == ("currency.exchangeRate.rate", (), Kind.NUMBER)


def test_a_related_field_is_reached_by_steps() -> None:
    column = resolve(INVOICE, "customer.term.id")
    assert [step.column for step in column.steps] == ["customer", "term"]
    assert column.name == "id"


def test_the_key_of_a_related_record_is_read_without_a_step() -> None:
    assert resolve(INVOICE, "customer.key").steps == ()
    assert resolve(INVOICE, "customer.key").name == "customer"
    assert resolve(INVOICE, "customer.href").steps == ()


def test_from_a_line_one_walks_up_to_its_owner() -> None:
    column = resolve(INVOICE_LINE, "invoice.customer.name")
    assert [step.column for step in column.steps] == ["invoice", "customer"]


def test_a_member_with_another_name_reads_the_target_s_field() -> None:
    assert resolve(INVOICE, "customer.customerDue").name == "totalDue"


def test_what_the_sandbox_does_not_serve_is_null() -> None:
    assert resolve(INVOICE, "providerPayment.id").name is None


def test_two_levels_of_contact_are_reached() -> None:
    column = resolve(VENDOR, "contacts.default.mailingAddress.city")
    assert [step.column for step in column.steps] == ["contacts.default"]
    assert column.name == "mailingAddress.city"


@pytest.mark.parametrize(
    "path", ["nothing", "lines", "lines.txnAmount", "customer.nothing", "", ".", "customer"]
)
def test_other_paths_are_unknown(path: str) -> None:
    with pytest.raises(UnknownField):
        resolve(INVOICE, path)


def test_a_write_only_field_is_not_queryable() -> None:
    with pytest.raises(UnqueryableField):
        resolve(INVOICE, "action")


def test_a_deprecated_field_is_shown_and_not_queryable() -> None:
    assert resolve(INVOICE, "documentId").name == "documentId"
    with pytest.raises(UnqueryableField):
        resolve_for_query(INVOICE, "documentId")
    with pytest.raises(UnqueryableField):
        resolve_for_filter(INVOICE, "documentId")


def test_an_href_is_selected_and_not_filtered() -> None:
    assert resolve_for_query(INVOICE, "href").derived
    with pytest.raises(UnqueryableField):
        resolve_for_filter(INVOICE, "href")


def test_paths_go_no_deeper_than_the_limit() -> None:
    with pytest.raises(UnknownField):
        resolve(VENDOR, "parent." * 40 + "id")


def test_addresses_are_the_same_every_time() -> None:
    assert href("accounts-payable/bill", 299) == "/objects/accounts-payable/bill/299"
    assert web_url("accounts-payable/bill", 299) == web_url("accounts-payable/bill", 299)
    assert web_url("accounts-payable/bill", 299) != web_url("accounts-payable/bill", 300)
