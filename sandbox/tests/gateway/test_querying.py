import pytest
from sandbox.tests.gateway.asking import request_xml, session

from intacct_sandbox.gateway.legacy import find
from intacct_sandbox.gateway.notation import ENGLISH
from intacct_sandbox.gateway.querying import read_query
from intacct_sandbox.gateway.reading import GatewayRequest, read
from intacct_sandbox.gateway.refusals import Refused
from intacct_sandbox.objects import Filter, Order, Query

SELECT = "<select><field>RECORDNO</field><field>VENDORNAME</field></select>"
EQUAL = "<equalto><field>VENDORID</field><value>V1</value></equalto>"


def query(parts: str) -> Query:
    request = read(request_xml(session("s"), f"<query><object>APBILL</object>{parts}</query>"))
    assert isinstance(request, GatewayRequest)
    return read_query(find("APBILL"), request.functions[0].arguments, ENGLISH)[1]


def test_a_query_has_its_documented_defaults() -> None:
    assert query(SELECT) == Query(fields=("key", "vendor.name"), start=1, size=100)


def test_everything_that_is_said_is_read() -> None:
    found = query(
        f"{SELECT}<filter><or>{EQUAL}<in><field>STATE</field><value>Posted</value><value>D</value></in></or>"
        "</filter><orderby><order><field>WHENDUE</field><descending/></order>"
        "<order><field>RECORDNO</field><ascending/></order></orderby><options>"
        "<caseinsensitive>true</caseinsensitive><showprivate>true</showprivate></options>"
        "<pagesize>2000</pagesize><offset>40</offset>"
    )
    assert found == Query(
        fields=("key", "vendor.name"),
        filters=(Filter("$eq", "vendor.id", "V1"), Filter("$in", "state", ["posted", "draft"])),
        expression="(1 or 2)",
        order_by=(Order("dueDate", descending=True), Order("key")),
        start=41,
        size=2000,
        case_sensitive=False,
        include_private=True,
    )


def test_aggregates_are_selected_beside_their_groups_and_without_the_key() -> None:
    select = (
        "<select><field>VENDORID</field><count>RECORDNO</count><sum>TOTALDUE</sum><max>WHENDUE</max></select>"
    )
    order = "<orderby><order><field>VENDORID</field></order></orderby>"
    assert query(select + order) == Query(
        fields=("vendor.id", "count:key", "sum:totalBaseAmountDue", "max:dueDate"),
        order_by=(Order("vendor.id"),),
        size=100,
    )


@pytest.mark.parametrize(
    "parts",
    [
        "",
        "<select/>",
        "<select><median>TOTALDUE</median></select>",
        "<select><count>HORN</count></select>",
        "<select><field>ACTION</field><count>RECORDNO</count></select>",
        "<select><field>HORN</field></select>",
        f"{SELECT}<filter>{EQUAL}{EQUAL}</filter>",
        f"{SELECT}<filter><and/></filter>",
        f"{SELECT}<filter><near><field>VENDORID</field><value>1</value></near></filter>",
        f"{SELECT}<filter><equalto><field>VENDORID</field></equalto></filter>",
        f"{SELECT}<filter><equalto><value>1</value></equalto></filter>",
        f"{SELECT}<filter><between><field>WHENDUE</field><value>01/01/2026</value></between></filter>",
        f"{SELECT}<filter><isnull><field>VENDORID</field><value>1</value></isnull></filter>",
        f"{SELECT}<filter><in><field>VENDORID</field></in></filter>",
        f"{SELECT}<orderby><order/></orderby>",
        f"{SELECT}<pagesize>2001</pagesize>",
        f"{SELECT}<pagesize>0</pagesize>",
        f"{SELECT}<offset>-1</offset>",
        f"{SELECT}<offset>²</offset>",
    ],
)
def test_what_the_function_does_not_take_is_refused(parts: str) -> None:
    with pytest.raises(Refused):
        query(parts)
