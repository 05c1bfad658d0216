import pytest
from sandbox.tests.gateway.asking import data, failure, texts
from starlette.testclient import TestClient

from intacct_sandbox.gateway.conditions import Comparison, Group
from intacct_sandbox.gateway.listing import Asked, read_list, renamed
from intacct_sandbox.gateway.nodes import Node


def expression(field: str, operator: str, value: str = "") -> Node:
    return Node(
        "expression", children=(Node("field", field), Node("operator", operator), Node("value", value))
    )


def test_a_list_is_asked_for_in_its_own_words() -> None:
    logical = Node(
        "logical",
        children=(expression("a", "!=", "1"), expression("b", "in", "1, 2"), expression("c", "is null")),
        attributes=(("logical_operator", "or"),),
    )
    asked = read_list(
        Node(
            "get_list",
            children=(
                Node("filter", children=(logical,)),
                Node("sorts", children=(Node("sortfield", "a", attributes=(("order", "desc"),)),)),
            ),
            attributes=(("object", "Vendor"), ("start", "5"), ("maxitems", "9999")),
        )
    )
    tree = Group(
        "or", (Comparison("a", "<>", ("1",)), Comparison("b", "in", ("1", "2")), Comparison("c", "is null"))
    )
    assert asked == Asked("vendor", 5, 1000, tree, (("a", True),))
    assert renamed(tree, str.upper) == Group(
        "or", (Comparison("A", "<>", ("1",)), Comparison("B", "in", ("1", "2")), Comparison("C", "is null"))
    )


def test_a_list_is_answered_in_small_names(http: TestClient) -> None:
    found = data(
        http,
        '<get_list object="vendor" maxitems="3"><filter><expression><field>status</field><operator>='
        "</operator><value>active</value></expression></filter><sorts><sortfield>vendorid</sortfield></sorts>"
        "</get_list>",
    )
    ids = texts(found, "vendor/vendorid")
    assert len(ids) == 3
    assert ids == sorted(ids)


@pytest.mark.parametrize(
    "function",
    [
        '<get_list object="vendor" start="x"/>',
        '<get_list object="vendor"><filter><like/></filter></get_list>',
        '<get_list object="vendor"><filter><logical/></filter></get_list>',
        '<get_list object="vendor"><filter><expression><field>x</field></expression></filter></get_list>',
    ],
)
def test_what_cannot_be_read_is_refused(http: TestClient, function: str) -> None:
    assert failure(http, function)[0] == "DL02000001"
