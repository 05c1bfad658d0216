"""Sage's XML answers. What is answered is decided in `operation`."""

from datetime import datetime

from lxml import etree

from intacct_sandbox.gateway.documents import Document
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.operation import (
    Aborted,
    ApiSession,
    AuthenticationFailure,
    ControlFailure,
    Fault,
    Outcome,
    Performed,
    Result,
)
from intacct_sandbox.gateway.reading import Control


def render(outcome: Outcome, endpoint: str) -> bytes:
    """The answer as UTF-8 XML.

    Args:
        outcome: What was decided.
        endpoint: The gateway's own address, as a new session is told it.
    """
    response = etree.Element("response")
    _control(response, outcome.control, is_success=not isinstance(outcome, ControlFailure))
    if isinstance(outcome, ControlFailure):
        _fault(response, outcome.fault)
    elif isinstance(outcome, AuthenticationFailure):
        operation = etree.SubElement(response, "operation")
        _authentication(operation, outcome, "failure")
        _fault(operation, outcome.fault)
    else:
        _performed(response, outcome, endpoint)
    return etree.tostring(response, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _control(response: etree._Element, control: Control, *, is_success: bool) -> None:
    element = etree.SubElement(response, "control")
    _text(element, "status", "success" if is_success else "failure")
    _text(element, "senderid", control.sender_id)
    _text(element, "controlid", control.control_id)
    _text(element, "uniqueid", control.unique_id)
    _text(element, "dtdversion", control.dtd_version)


def _performed(response: etree._Element, outcome: Performed, endpoint: str) -> None:
    operation = etree.SubElement(response, "operation")
    authentication = _authentication(operation, outcome, "success")
    _text(authentication, "sessiontimestamp", _moment(outcome.signed_in_at))
    _text(authentication, "sessiontimeout", _moment(outcome.signed_in_until))
    for result in outcome.results:
        _result(operation, result, endpoint)


def _authentication(
    operation: etree._Element, outcome: AuthenticationFailure | Performed, status: str
) -> etree._Element:
    element = etree.SubElement(operation, "authentication")
    _text(element, "status", status)
    _text(element, "userid", outcome.user_id)
    _text(element, "companyid", outcome.company_id)
    _text(element, "locationid", outcome.entity_id or "")
    return element


def _result(operation: etree._Element, result: Result, endpoint: str) -> None:
    element = etree.SubElement(operation, "result")
    outcome = result.outcome
    _text(element, "status", _status(result))
    _text(element, "function", result.function.name)
    _text(element, "controlid", result.function.control_id)
    if isinstance(outcome, Fault):
        _fault(element, outcome)
    elif isinstance(outcome, Aborted):
        _fault(element, *outcome.faults)
    elif isinstance(outcome, ApiSession):
        api = etree.SubElement(etree.SubElement(element, "data"), "api")
        _text(api, "sessionid", outcome.session_id)
        _text(api, "endpoint", endpoint)
        _text(api, "locationid", outcome.entity_id or "")
    elif not isinstance(outcome, Document):
        for node in outcome:
            _node(element, node)


def _status(result: Result) -> str:
    if isinstance(result.outcome, Fault):
        return "failure"
    return "aborted" if isinstance(result.outcome, Aborted) else "success"


def _node(parent: etree._Element, node: Node) -> None:
    _text(parent, node.name, node.text)
    element = parent[-1]
    for name, value in node.attributes:
        element.set(name, value)
    for child in node.children:
        _node(element, child)


def _fault(parent: etree._Element, *faults: Fault) -> None:
    message = etree.SubElement(parent, "errormessage")
    for fault in faults:
        error = etree.SubElement(message, "error")
        _text(error, "errorno", fault.number)
        _text(error, "description", fault.description)
        _text(error, "description2", fault.description2)
        _text(error, "correction", fault.correction)


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _text(parent: etree._Element, name: str, text: str) -> None:
    # The parser's own words may quote what XML can't hold.
    etree.SubElement(parent, name).text = "".join(sign for sign in text if _fits_in_xml(sign))


def _fits_in_xml(sign: str) -> bool:
    return sign in "\t\n\r" or " " <= sign <= "\ud7ff" or "\ue000" <= sign <= "\ufffd" or sign > "\uffff"
