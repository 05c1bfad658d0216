import json

from lxml import etree
from starlette.types import Message

from intacct_sandbox.faults.refusing import Refused, refuse

REFUSED = Refused(
    status=429, code="GW-0010", message="Too < many", request_id="A:1", headers={"retry-after": "1"}
)


async def answered(path: str) -> tuple[dict[str, str], int, bytes]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await refuse(REFUSED, path, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return headers, sent[0]["status"], sent[1]["body"]


async def test_rest_is_refused_in_json() -> None:
    headers, status, body = await answered("/ia/api/v1/objects/a/b")
    assert (status, headers["content-type"], headers["retry-after"]) == (429, "application/json", "1")
    assert int(headers["content-length"]) == len(body)
    assert json.loads(body) == {
        "ia::error": {"code": "GW-0010", "message": "Too < many", "details": {"requestId": "A:1"}}
    }


async def test_the_xml_gateway_is_refused_in_xml_without_a_sender() -> None:
    _headers, status, body = await answered("/ia/xml/xmlgw.phtml")
    root = etree.fromstring(body)
    assert status == 429
    assert root.xpath("name(control/*)") == "status"
    assert root.find("control/senderid") is None
    assert root.findtext("errormessage/error/errorno") == "GW-0010"
    assert root.findtext("errormessage/error/description") == "Too < many [Request ID: A:1]"
