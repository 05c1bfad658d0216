"""Requests to the XML gateway as a client sends them, and what is read out of its answers."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from httpx2 import Response
from lxml import etree
from starlette.testclient import TestClient

from intacct_sandbox.fixtures.guide import SENDER_ID, SENDER_PASSWORD

PATH = "/ia/xml/xmlgw.phtml"
GET_SESSION = "<getAPISession/>"


def login(
    user_id: str = "Admin", company_id: str = "MyCompany", password: str = "sandbox", location_id: str = ""
) -> str:
    where = f"<locationid>{escape(location_id)}</locationid>" if location_id else ""
    return (
        f"<login><userid>{escape(user_id)}</userid><companyid>{escape(company_id)}</companyid>"
        f"<password>{escape(password)}</password>{where}</login>"
    )


def session(session_id: str) -> str:
    return f"<sessionid>{escape(session_id)}</sessionid>"


def into(location_id: str) -> str:
    """`getAPISession` for an entity, or for the top level."""
    return f"<getAPISession><locationid>{escape(location_id)}</locationid></getAPISession>"


def request_xml(
    authentication: str | None = None,
    *functions: str,
    sender_id: str = SENDER_ID,
    password: str = SENDER_PASSWORD,
    control: str = "",
) -> bytes:
    calls = "".join(
        f'<function controlid="call {number}">{call}</function>'
        for number, call in enumerate(functions or (GET_SESSION,), 1)
    )
    return (
        f"<request><control><senderid>{escape(sender_id)}</senderid><password>{escape(password)}</password>"
        "<controlid>asked</controlid><uniqueid>false</uniqueid><dtdversion>3.0</dtdversion>"
        f"<includewhitespace>false</includewhitespace>{control}</control>"
        f"<operation><authentication>{login() if authentication is None else authentication}</authentication>"
        f"<content>{calls}</content></operation></request>"
    ).encode()


@dataclass(frozen=True)
class Answer:
    """An answer of the gateway; texts by path below `response`."""

    response: Response
    root: etree._Element

    def text(self, path: str) -> str | None:
        return self.root.findtext(path)

    def statuses(self) -> tuple[str | None, ...]:
        """Of control, authentication and the first result; None where there is no such block."""
        at = ("control", "operation/authentication", "operation/result")
        return tuple(self.text(f"{block}/status") for block in at)

    def error(self, at: str) -> tuple[str | None, ...]:
        """Number, description and second description of the error in a block."""
        error = f"{at}errormessage/error/"
        return tuple(self.text(f"{error}{part}") for part in ("errorno", "description", "description2"))

    @property
    def session_id(self) -> str:
        found = self.text("operation/result/data/api/sessionid")
        assert found, self.response.text
        return found


def data(http: TestClient, function: str, user_id: str = "Admin") -> etree._Element:
    """The data of one function that succeeds."""
    answer = ask(http, login(user_id), function)
    assert answer.statuses() == ("success", "success", "success"), answer.response.text
    found = answer.root.find("operation/result/data")
    assert found is not None
    return found


def failure(http: TestClient, function: str, user_id: str = "Admin") -> tuple[str, str]:
    """Number and text of the error of one function that fails."""
    answer = ask(http, login(user_id), function)
    assert answer.statuses() == ("success", "success", "failure"), answer.response.text
    number, _, text = answer.error("operation/result/")
    return str(number), str(text)


def texts(found: etree._Element, path: str) -> list[str]:
    """The texts of all elements at a path."""
    return [element.text or "" for element in found.iterfind(path)]


def post(http: TestClient, body: bytes) -> Answer:
    response = http.post(PATH, content=body, headers={"Content-Type": "application/xml"})
    assert response.status_code == 200
    assert response.headers["content-type"] == 'text/xml; encoding="UTF-8"'
    root = etree.fromstring(response.content)
    assert root.tag == "response"
    return Answer(response, root)


def ask(http: TestClient, authentication: str | None = None, *functions: str) -> Answer:
    return post(http, request_xml(authentication, *functions))
