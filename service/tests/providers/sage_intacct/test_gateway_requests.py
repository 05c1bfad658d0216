"""What goes to the XML gateway: the connection says who speaks and who is signed in, and nobody else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service.tests.providers.sage_intacct.gateway_documents import FUNCTION, request

from counterfoil.errors import InvalidBody
from counterfoil.providers.sage_intacct.elements import fits_in_xml, parse
from counterfoil.providers.sage_intacct.gateway_requests import Sender, session_request, with_session
from counterfoil.vault import Secret

URL = "https://api.intacct.com/ia/xml/xmlgw.phtml"
SENDER = Sender("acme-sender", Secret("s&<>nder"))
SESSION = Secret("the-session")
LOGIN: dict[str, str | Secret | None] = {
    "senderId": "acme-sender",
    "senderPassword": Secret("s&<>nder"),
    "companyId": "MyCompany",
    "userId": "Admin",
    "userPassword": Secret(' p"]]>&w '),
}
OWN_CONTROL = (
    "<control><senderid>thief</senderid><password>guess</password><controlid>mine</controlid>"
    "<uniqueid>true</uniqueid><dtdversion>2.1</dtdversion><policyid>p</policyid></control>"
)
OWN_LOGIN = (
    "<authentication><login><userid>thief</userid><companyid>Other</companyid><password>x</password></login>"
    "</authentication>"
)
TEXTS = st.text(st.characters(codec="utf-8").filter(fits_in_xml), min_size=1)


def filled(body: bytes) -> bytes:
    return with_session(body, SENDER, SESSION)


def test_signing_in_asks_for_a_session_and_nothing_else() -> None:
    asked = session_request(URL, LOGIN)
    root = parse(asked.body or b"")
    login = ("operation", "authentication", "login")
    assert (asked.method, asked.url) == ("POST", URL)
    assert root.text("control", "senderid") == "acme-sender"
    assert root.text("control", "password") == "s&<>nder"
    assert root.text(*login, "companyid") == "MyCompany"
    assert root.text(*login, "userid") == "Admin"
    assert root.child(*login, "locationid") is None
    content = root.child("operation", "content", "function")
    assert content is not None
    assert [one.name for one in content.children()] == ["getAPISession"]
    assert 'p"' not in repr(asked)


def test_an_entity_is_where_the_user_signs_in() -> None:
    root = parse(session_request(URL, {**LOGIN, "entityId": "Central Region"}).body or b"")
    assert root.text("operation", "authentication", "login", "locationid") == "Central Region"


@given(TEXTS, TEXTS)
def test_no_password_can_become_markup(user: str, password: str) -> None:
    asked = session_request(URL, {**LOGIN, "userId": user, "userPassword": Secret(password)})
    login = parse(asked.body or b"").child("operation", "authentication", "login")
    assert login is not None
    assert ["".join(str(part) for part in one.content) for one in login.children()] == [
        user,
        "MyCompany",
        password,
    ]


def test_a_request_without_sender_and_login_gets_the_connections() -> None:
    root = parse(filled(request()))
    assert root.text("control", "senderid") == "acme-sender"
    assert root.text("control", "password") == "s&<>nder"
    assert root.text("control", "dtdversion") == "3.0"
    assert root.text("operation", "authentication", "sessionid") == "the-session"


@pytest.mark.parametrize("control", ["", OWN_CONTROL])
@pytest.mark.parametrize(
    "authentication",
    ["", OWN_LOGIN, "<authentication><sessionid>stolen</sessionid></authentication>", OWN_LOGIN * 2],
)
def test_what_a_caller_says_of_sender_login_and_session_is_replaced(
    control: str, authentication: str
) -> None:
    sent = filled(request(control=control, authentication=authentication))
    root = parse(sent)
    assert [one.name for one in root.children()] == ["control", "operation"]
    assert [one.name for one in root.children("operation")[0].children()] == ["authentication", "content"]
    assert root.text("operation", "authentication", "sessionid") == "the-session"
    assert root.text("control", "senderid") == "acme-sender"
    assert len(root.children("control")[0].children("password")) == 1
    assert not any(word in sent for word in (b"thief", b"guess", b"stolen", b"<login"))


def test_the_senders_names_count_in_any_letter_case() -> None:
    sent = filled(request(control="<control><SenderId>thief</SenderId><PassWord>guess</PassWord></control>"))
    assert b"thief" not in sent
    assert b"guess" not in sent


def test_what_steers_the_request_stays_the_callers() -> None:
    root = parse(filled(request(control=OWN_CONTROL)))
    names = [one.name for one in root.children("control")[0].children()]
    assert names == [
        "senderid",
        "password",
        "controlid",
        "uniqueid",
        "dtdversion",
        "includewhitespace",
        "policyid",
    ]
    assert root.text("control", "controlid") == "mine"
    assert root.children("operation")[0].attributes == (("transaction", "true"),)


def test_the_functions_go_on_unchanged() -> None:
    content = (
        f'{FUNCTION}<function controlid="g"><create><VENDOR><NAME>a&amp;b&#13;é</NAME></VENDOR></create>'
    )
    sent = filled(request(content=f"{content}</function>"))
    assert f"<content>{content}</function></content>".encode() in sent


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<request/>",
        b"<request><control/></request>",
        b"<request><operation/></request>",
        b"<response><operation><content/></operation></response>",
        b"<request><operation><content/></operation><operation><content/></operation></request>",
        b"<request><control/><control/><operation><content/></operation></request>",
        b"<request><operation><content/></operation><sessionid>x</sessionid></request>",
        b'<!DOCTYPE request SYSTEM "a.dtd"><request><operation><content/></operation></request>',
        request() + b"trailing",
    ],
)
def test_anything_but_one_request_with_one_operation_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidBody) as refused:
        filled(body)
    assert "the-session" not in refused.value.message
