import pytest

from intacct_sandbox.gateway import legacy, older
from intacct_sandbox.gateway.additions import Names
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.notation import ENGLISH, Notation
from intacct_sandbox.gateway.older import FUNCTIONS, LISTS, SHAPES, record_of
from intacct_sandbox.gateway.refusals import Refused
from intacct_sandbox.identity.formats import Formats
from intacct_sandbox.objects.custom import Additions

NAMES = Names(Additions((), ()))


def bill(*children: Node) -> Node:
    return Node("create_bill", children=children)


def date(name: str) -> Node:
    return Node(name, children=(Node("year", "2026"), Node("month", "01"), Node("day", "31")))


def test_names_dates_and_lines_become_those_of_today() -> None:
    line = Node("lineitem", children=(Node("glaccountno", "6000"), Node("amount", "5.00")))
    contact = Node("payto", children=(Node("contactname", "Ada"),))
    record, numbers = record_of(
        FUNCTIONS["create_bill"],
        bill(
            Node("vendorid", "V"),
            date("datecreated"),
            contact,
            Node("nogl", "false"),
            Node("action", "Draft"),
            Node("billitems", children=(line,)),
        ),
        ENGLISH,
        NAMES,
    )
    assert numbers == (0,)
    assert [(one.name, one.text) for one in record.children[:-1]] == [
        ("VENDORID", "V"),
        ("WHENCREATED", "01/31/2026"),
        ("BILLTOPAYTOCONTACTNAME", "Ada"),
        ("ACTION", "Draft"),
    ]
    assert record.children[-1] == Node(
        "APBILLITEMS",
        children=(Node("APBILLITEM", children=(Node("ACCOUNTNO", "6000"), Node("TRX_AMOUNT", "5.00"))),),
    )


def test_a_changed_line_has_a_number_and_a_new_one_none() -> None:
    update = Node("updatelineitem", attributes=(("line_num", "2"),))
    _, numbers = record_of(
        FUNCTIONS["update_bill"],
        bill(Node("updatebillitems", children=(update, Node("lineitem")))),
        ENGLISH,
        NAMES,
    )
    assert numbers == (2, 0)


@pytest.mark.parametrize("element", [Node("unicorn"), Node("externalid", "7"), Node("customfields", "x")])
def test_what_has_no_place_is_refused(element: Node) -> None:
    with pytest.raises(Refused):
        record_of(FUNCTIONS["create_bill"], bill(element), ENGLISH, NAMES)


def test_the_table_leads_to_fields_that_are_kept() -> None:
    for shape in SHAPES.values():
        fields = legacy.ALL[shape.object_name].fields
        targets = {one for one in shape.fields.values() if one is not None and not one.startswith("@")}
        assert all(fields[one].path for one in targets), shape.object_name
    for one in LISTS.values():
        assert set(one.fields.values()) <= set(one.found.fields)


def test_a_date_is_written_as_today_or_in_three_elements() -> None:
    assert older.date_of(date("x"), ENGLISH) == "01/31/2026"
    assert older.date_of(Node("x", "01/31/2026"), ENGLISH) == "01/31/2026"
    assert older.date_of(None, ENGLISH) == ""


def test_three_elements_are_a_date_of_the_company_or_none() -> None:
    german = Notation(Formats(locale="de_DE", date_format=".dmY"))
    assert older.date_of(date("x"), german) == "31.01.2026"
    wrong = Node("x", children=(Node("year", "2026"), Node("month", "13"), Node("day", "31")))
    with pytest.raises(Refused, match="2026-13-31"):
        older.date_of(wrong, german)
