from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from intacct_sandbox.gateway.answers import render
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.operation import (
    ApiSession,
    AuthenticationFailure,
    ControlFailure,
    Fault,
    Performed,
    Result,
)
from intacct_sandbox.gateway.reading import Control, Function

CONTROL = Control(sender_id="s", control_id="c", unique_id="false", dtd_version="3.0")
FAULT = Fault(number="XL1", description="d", description2="d2", correction="c")


def shape(element: etree._Element) -> object:
    """The names of an element's children, in order, all the way down."""
    return {str(child.tag): shape(child) for child in element} or None


def test_a_session_is_answered_in_the_documented_shape() -> None:
    outcome = Performed(
        control=CONTROL,
        user_id="U",
        company_id="C",
        entity_id=None,
        signed_in_at=datetime(2026, 1, 1, tzinfo=UTC),
        signed_in_until=datetime(2026, 1, 1, 6, tzinfo=UTC),
        results=(
            Result(
                function=Function(name="getAPISession", control_id="f", entity_id=None),
                outcome=ApiSession(session_id="secret", entity_id="E"),
            ),
        ),
    )
    root = etree.fromstring(render(outcome, "http://host/ia/xml/xmlgw.phtml"))
    signed_in = ("status", "userid", "companyid", "locationid", "sessiontimestamp", "sessiontimeout")
    assert shape(root) == {
        "control": dict.fromkeys(("status", "senderid", "controlid", "uniqueid", "dtdversion")),
        "operation": {
            "authentication": dict.fromkeys(signed_in),
            "result": {
                **dict.fromkeys(("status", "function", "controlid")),
                "data": {"api": dict.fromkeys(("sessionid", "endpoint", "locationid"))},
            },
        },
    }
    assert root.findtext("operation/result/data/api/endpoint") == "http://host/ia/xml/xmlgw.phtml"


def test_an_error_stands_beside_the_block_that_failed() -> None:
    error = {"error": dict.fromkeys(("errorno", "description", "description2", "correction"))}
    control = etree.fromstring(render(ControlFailure(control=CONTROL, fault=FAULT), ""))
    assert [child.tag for child in control] == ["control", "errormessage"]
    failure = AuthenticationFailure(control=CONTROL, user_id="U", company_id="C", entity_id="E", fault=FAULT)
    operation = etree.fromstring(render(failure, "")).find("operation")
    assert operation is not None
    assert shape(operation) == {
        "authentication": dict.fromkeys(("status", "userid", "companyid", "locationid")),
        "errormessage": error,
    }


def test_a_function_answers_with_its_data() -> None:
    vendor = Node("VENDOR", children=(Node("NAME", "A & B\x01"),))
    outcome = Performed(
        control=CONTROL,
        user_id="U",
        company_id="C",
        entity_id=None,
        signed_in_at=datetime(2026, 1, 1, tzinfo=UTC),
        signed_in_until=datetime(2026, 1, 1, 6, tzinfo=UTC),
        results=(
            Result(
                function=Function(name="read", control_id="f", entity_id=None),
                outcome=(
                    Node("data", children=(vendor,), attributes=(("listtype", "VENDOR"), ("count", "1"))),
                ),
            ),
        ),
    )
    result = etree.fromstring(render(outcome, "")).find("operation/result")
    assert result is not None
    assert [child.tag for child in result] == ["status", "function", "controlid", "data"]
    assert result.findtext("status") == "success"
    assert (result[3].get("listtype"), result[3].get("count")) == ("VENDOR", "1")
    assert result.findtext("data/VENDOR/NAME") == "A & B"


@given(st.text(max_size=50), st.text(max_size=50))
def test_whatever_is_said_the_answer_is_well_formed(sender_id: str, reason: str) -> None:
    fault = Fault(number="XL03000003", description2=reason)
    root = etree.fromstring(render(ControlFailure(control=Control(sender_id=sender_id), fault=fault), ""))
    assert root.findtext("control/status") == "failure"
