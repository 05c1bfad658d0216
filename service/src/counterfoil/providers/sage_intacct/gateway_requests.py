"""Requests to Sage Intacct's XML gateway: the one that signs in, and a caller's own with the session put in.

Both are built as elements and serialized; no text is ever pasted into XML. Of a caller's request the control
block keeps what names and steers the request (`controlid`, `uniqueid`, `dtdversion`, `policyid`, …); who
sends it and who is signed in is only ever said by the connection. Source: Sage, "XML requests".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from counterfoil.errors import FieldError, InvalidBody
from counterfoil.oauth2 import HttpRequest
from counterfoil.providers.sage_intacct.elements import Element, NotXml, leaf, parse, serialize
from counterfoil.vault import Secret

CONTENT_TYPE: Final = "application/xml"
MOST_BODY_BYTES: Final = 10 * 1024**2

_CONTROL_ID: Final = "counterfoil"
# In the order of Sage's own examples; what a caller leaves out has these values.
_CONTROL: Final = (
    ("controlid", _CONTROL_ID),
    ("uniqueid", "false"),
    ("dtdversion", "3.0"),
    ("includewhitespace", "false"),
)
_NEVER_THE_CALLERS: Final = frozenset({"senderid", "password"})


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks to the gateway: a Web Services licence."""

    sender_id: str
    password: Secret


def session_request(url: str, values: Mapping[str, str | Secret | None]) -> HttpRequest:
    """`getAPISession` with a user's login.

    Args:
        url: The gateway.
        values: `senderId`, `senderPassword`, `companyId`, `userId`, `userPassword` and, for a session of one
            entity, `entityId`.
    """
    login = [
        leaf("userid", _shown(values, "userId")),
        leaf("companyid", _shown(values, "companyId")),
        leaf("password", _shown(values, "userPassword")),
    ]
    if values.get("entityId"):
        login.append(leaf("locationid", _shown(values, "entityId")))
    sender = Sender(_shown(values, "senderId"), Secret(_shown(values, "senderPassword")))
    function = Element("function", (("controlid", _CONTROL_ID),), [Element("getAPISession")])
    operation = Element(
        "operation",
        content=[
            Element("authentication", content=[Element("login", content=[*login])]),
            Element("content", content=[function]),
        ],
    )
    request = Element("request", content=[_control(sender, []), operation])
    headers = (("Content-Type", CONTENT_TYPE), ("Accept", "text/xml, application/xml"))
    return HttpRequest("POST", url, headers, serialize(request))


def with_session(body: bytes, sender: Sender, session_id: Secret) -> bytes:
    """A caller's request with the connection's sender and session.

    Args:
        body: A whole `request` with one `operation`. Its `control` block may be missing, and so may
            `authentication`; whatever the caller says there of sender, login or session is replaced.
        sender: The connection's.
        session_id: The connection's.

    Raises:
        InvalidBody: It is no such request.
    """
    try:
        request = parse(body)
    except NotXml as unreadable:
        raise _refused(f"The body can't be taken for XML: {unreadable}.") from None
    operations = request.children("operation")
    if request.name != "request" or len(operations) != 1 or len(request.children("control")) > 1:
        raise _refused("Send one request element with one operation, and one control block or none.")
    strangers = {one.name for one in request.children()} - {"control", "operation"}
    if strangers:
        raise _refused(f"A request has no element {sorted(strangers)[0]}.")
    control = request.child("control")
    operation = operations[0]
    if not operation.children("content"):
        raise _refused("The operation has no content.")
    authentication = Element("authentication", content=[leaf("sessionid", session_id.reveal())])
    others = [one for one in operation.children() if one.name != "authentication"]
    said = [] if control is None else control.children()
    filled = Element(
        "request",
        request.attributes,
        [
            _control(sender, said),
            Element("operation", operation.attributes, [authentication, *others]),
        ],
    )
    return serialize(filled)


def _control(sender: Sender, said: list[Element]) -> Element:
    kept = [one for one in said if one.name.lower() not in _NEVER_THE_CALLERS]
    names = {name for name, _default in _CONTROL}
    block = [leaf("senderid", sender.sender_id), leaf("password", sender.password.reveal())]
    for name, default in _CONTROL:
        own = next((one for one in kept if one.name == name), None)
        block.append(own if own is not None else leaf(name, default))
    block += [one for one in kept if one.name not in names]
    return Element("control", content=[*block])


def _refused(message: str) -> InvalidBody:
    return InvalidBody(message, errors=[FieldError((), "custom", message)])


def _shown(values: Mapping[str, str | Secret | None], name: str) -> str:
    value = values.get(name) or ""
    return value.reveal() if isinstance(value, Secret) else value
