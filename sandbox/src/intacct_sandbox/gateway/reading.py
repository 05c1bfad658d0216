"""An XML request, from bytes to a value. Nothing in it is obeyed: no DTD, no entities, no network.

Whether the sender, the company or the user exist is `operation`'s affair.
"""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from intacct_sandbox.gateway.nodes import Node

LARGEST_BODY_BYTES: Final = 262_144
# libxml2's own limits stand as well: 256 levels, and no amplification.
_MOST_LEVELS: Final = 32
_MOST_FUNCTIONS: Final = 100
_NO_ARGUMENTS: Final = Node("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The control block; empty texts where the request says nothing."""

    sender_id: str = ""
    password: str = ""
    control_id: str = ""
    unique_id: str = ""
    dtd_version: str = ""
    policy_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Signing in with a password; `entity_id` is the element `locationid`, None where there is none."""

    user_id: str
    company_id: str
    password: str
    entity_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function call.

    Attributes:
        name: The name of the element in `function`.
        control_id: What the answer repeats.
        entity_id: The element `locationid`; None where it is absent, empty where it is empty.
        arguments: The element itself.
    """

    name: str
    control_id: str
    entity_id: str | None
    arguments: Node = _NO_ARGUMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRequest:
    """A readable request; `authentication` is a login or the ID of a session.

    Attributes:
        is_transaction: Whether one function's failure undoes them all.
    """

    control: Control
    authentication: Login | str
    functions: tuple[Function, ...]
    is_transaction: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A request that is no request, in the words of whoever found out."""

    reason: str
    control: Control = Control()


def read(body: bytes) -> GatewayRequest | Unreadable:
    """Read a request.

    Returns:
        The request, every text stripped of blanks around it; or why it can't be read: too large, not well
        formed, too deep, with a document type definition, or other elements than those of a request.
    """
    if len(body) > LARGEST_BODY_BYTES:
        return Unreadable(f"The request is larger than {LARGEST_BODY_BYTES} bytes.")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as failure:
        return Unreadable(f"XML Parse error: {failure}")
    if root.getroottree().docinfo.internalDTD is not None:
        return Unreadable("XML Parse error: a document type definition is not allowed.")
    if _levels(root) > _MOST_LEVELS:
        return Unreadable(f"XML Parse error: more than {_MOST_LEVELS} levels.")
    return _request(root)


def _levels(root: etree._Element) -> int:
    deepest = level = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        level += 1 if event == "start" else -1
        deepest = max(deepest, level)
    return deepest


def _request(root: etree._Element) -> GatewayRequest | Unreadable:
    control = _control(root)
    if root.tag != "request" or root.find("control") is None:
        return Unreadable("XML Parse error: expected a request with a control element.", control)
    authentication = _authentication(root)
    if authentication is None:
        return Unreadable("XML Parse error: authentication needs either login or sessionid.", control)
    functions = _functions(root)
    if not 0 < len(functions) <= _MOST_FUNCTIONS:
        return Unreadable(
            f"XML Parse error: content needs 1 to {_MOST_FUNCTIONS} function elements.", control
        )
    operation = root.find("operation")
    transaction = "" if operation is None else operation.get("transaction", "")
    return GatewayRequest(
        control=control,
        authentication=authentication,
        functions=functions,
        is_transaction=transaction.strip().lower() == "true",
    )


def _control(root: etree._Element) -> Control:
    return Control(
        sender_id=_text(root, "control/senderid"),
        # A password is taken as it is: blanks may belong to it.
        password=root.findtext("control/password") or "",
        control_id=_text(root, "control/controlid"),
        unique_id=_text(root, "control/uniqueid") or "true",
        dtd_version=_text(root, "control/dtdversion") or "3.0",
        policy_id=_text(root, "control/policyid"),
    )


def _authentication(root: etree._Element) -> Login | str | None:
    at = "operation/authentication"
    login = root.find(f"{at}/login")
    session_id = _text(root, f"{at}/sessionid")
    if (login is None) == (not session_id):
        return None
    if login is None:
        return session_id
    return Login(
        user_id=_text(login, "userid"),
        company_id=_text(login, "companyid"),
        password=login.findtext("password") or "",
        entity_id=_text(login, "locationid") or None,
    )


def _functions(root: etree._Element) -> tuple[Function, ...]:
    calls = [
        (element, call)
        for element in root.iterfind("operation/content/function")
        for call in element.iterchildren(tag=etree.Element)
    ]
    return tuple(
        Function(
            name=str(call.tag),
            control_id=element.get("controlid", ""),
            entity_id=None if call.find("locationid") is None else _text(call, "locationid"),
            arguments=_node(call),
        )
        for element, call in calls
    )


def _node(element: etree._Element) -> Node:
    # The levels of a request are few, see above.
    return Node(
        name=str(element.tag),
        text=(element.text or "").strip(),
        children=tuple(_node(child) for child in element.iterchildren(tag=etree.Element)),
        attributes=tuple((str(name), str(value)) for name, value in element.items()),
    )


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
