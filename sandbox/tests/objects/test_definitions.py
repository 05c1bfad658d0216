import pytest

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.definitions import Kind

ALL = registry.ALL


def test_what_the_fixture_is_made_of_is_defined() -> None:
    assert {
        "accounts-payable/vendor",
        "accounts-payable/bill-line",
        "accounts-receivable/invoice",
        "company-config/user",
        "general-ledger/journal-entry-line",
    } <= set(ALL)


def test_kinds_follow_type_and_format() -> None:
    invoice = ALL["accounts-receivable/invoice"].fields
    assert invoice["totalTxnAmount"].kind is Kind.MONEY
    assert invoice["dueDate"].kind is Kind.DATE
    assert invoice["audit.modifiedDateTime"].kind is Kind.DATETIME
    assert invoice["key"].kind is Kind.KEY
    assert ALL["company-config/entity"].fields["businessDays"].kind is Kind.TEXTS


def test_every_owned_object_knows_its_owner() -> None:
    owned = [definition for definition in ALL.values() if definition.kind == "owned"]
    assert owned
    for definition in owned:
        assert definition.owner in definition.references


def test_every_list_that_is_owned_leads_to_an_object_whose_owner_is_the_list_s() -> None:
    for definition in ALL.values():
        for one in definition.lists.values():
            target = ALL.get(one.target or "")
            if one.owned and target is not None:
                way = registry.way_back(definition, one, target)
                assert way is not None
                assert target.references[way].target == definition.name


def test_every_object_of_the_catalogue_is_there() -> None:
    # One is not the catalogue's: GL detail, which the XML gateway has.
    assert len(ALL) == 510 + 1
    assert ALL["general-ledger/gl-detail"].evidence == "proposed"
    assert len({definition.application for definition in ALL.values()}) == 19
    assert {"contracts/contract", "order-entry/document", "company-config/audit-history"} <= set(ALL)


def test_typed_documents_share_the_records_of_the_untyped_ones() -> None:
    invoice = registry.find("order-entry/document::Sales Invoice")
    assert invoice is not None
    assert invoice.table == ALL["order-entry/document"].table
    assert ALL["order-entry/document"].methods == ("GET",)
    assert "POST" in invoice.methods
    assert invoice.lists["lines"].target == "order-entry/document-line::Sales Invoice"


@pytest.mark.parametrize("name", ["accounts-payable/bill::X", "order-entry/document::", "order-entry/x::Y"])
def test_only_typed_documents_have_a_type_in_their_name(name: str) -> None:
    assert registry.find(name) is None


def test_every_object_shows_key_id_and_href() -> None:
    for definition in ALL.values():
        assert {"key", "id", "href"} <= set(definition.fields), definition.name


def test_a_table_is_named_after_application_and_object() -> None:
    definition = ALL["accounts-payable/bill-line"]
    assert definition.table == "accounts_payable__bill_line"
    assert definition.application == "accounts-payable"


def test_only_shared_root_objects_have_private_records() -> None:
    assert ALL["accounts-payable/vendor"].has_private
    assert not ALL["accounts-payable/bill"].has_private
    assert not ALL["accounts-payable/vendor-contact"].has_private
