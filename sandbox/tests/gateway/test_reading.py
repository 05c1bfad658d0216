import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox.tests.gateway.asking import login, request_xml, session

from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.reading import (
    LARGEST_BODY_BYTES,
    Function,
    GatewayRequest,
    Login,
    Unreadable,
    read,
)

BOMB = (
    b'<!DOCTYPE request [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)


def reason(body: bytes) -> str:
    answer = read(body)
    assert isinstance(answer, Unreadable)
    return answer.reason


def test_a_request_is_read() -> None:
    calls = ("<getAPISession/>", "<getAPISession><locationid>West</locationid></getAPISession>", "<read/>")
    request = read(request_xml(login(location_id="East"), *calls))
    assert isinstance(request, GatewayRequest)
    assert request.control.sender_id == "acme-sender"
    assert request.control.unique_id == "false"
    assert request.authentication == Login(
        user_id="Admin", company_id="MyCompany", password="sandbox", entity_id="East"
    )
    assert request.functions == (
        Function(name="getAPISession", control_id="call 1", entity_id=None, arguments=Node("getAPISession")),
        Function(
            name="getAPISession",
            control_id="call 2",
            entity_id="West",
            arguments=Node("getAPISession", children=(Node("locationid", "West"),)),
        ),
        Function(name="read", control_id="call 3", entity_id=None, arguments=Node("read")),
    )


def test_a_function_keeps_its_elements_and_attributes() -> None:
    request = read(request_xml(session("s"), '<inspect detail="1"><object> VENDOR </object></inspect>'))
    assert isinstance(request, GatewayRequest)
    assert request.functions[0].arguments == Node(
        "inspect", children=(Node("object", "VENDOR"),), attributes=(("detail", "1"),)
    )


def test_an_empty_location_is_told_from_none() -> None:
    request = read(request_xml(session("s"), "<getAPISession><locationid/></getAPISession>"))
    assert isinstance(request, GatewayRequest)
    assert request.authentication == "s"
    assert request.functions[0].entity_id == ""


def test_blanks_belong_to_passwords_only() -> None:
    body = request_xml(login(user_id=" Admin ", password=" pass "), password=" sender ")
    request = read(body)
    assert isinstance(request, GatewayRequest)
    assert isinstance(request.authentication, Login)
    assert (request.authentication.user_id, request.authentication.password) == ("Admin", " pass ")
    assert request.control.password == " sender "


def test_a_comment_does_not_cut_a_name() -> None:
    request = read(request_xml(login(user_id="Ad-min")).replace(b"Ad-min", b"Ad<!-- x -->min"))
    assert isinstance(request, GatewayRequest)
    assert isinstance(request.authentication, Login)
    assert request.authentication.user_id == "Admin"


@pytest.mark.parametrize(
    "doctype",
    [
        b"<!DOCTYPE request>",
        b'<!DOCTYPE request SYSTEM "http://127.0.0.1:9/x.dtd">',
        b'<!DOCTYPE request PUBLIC "-//x" "file:///etc/passwd">',
        b'<!DOCTYPE request [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE request [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">]>',
        BOMB,
    ],
)
def test_a_document_type_definition_is_refused(doctype: bytes) -> None:
    assert "document type definition" in reason(doctype + request_xml())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_another_encoding_hides_no_definition(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE request>' + request_xml().decode()
    assert reason(text.encode(encoding))


def test_an_entity_is_never_expanded() -> None:
    for body in (
        BOMB + request_xml(login(user_id="USER")).replace(b"USER", b"&d;"),
        BOMB + request_xml().replace(b'controlid="call 1"', b'controlid="&d;"'),
        request_xml(login(user_id="USER")).replace(b"USER", b"&d;"),
    ):
        assert len(reason(body)) < 300


def test_a_body_too_large_is_not_parsed() -> None:
    assert "larger" in reason(b"<" * (LARGEST_BODY_BYTES + 1))


@pytest.mark.parametrize("levels", [33, 200, 300, 20_000])
def test_a_deep_document_is_refused(levels: int) -> None:
    assert reason(b"<a>" * levels + b"</a>" * levels)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"\x00",
        b"<request>",
        b"<request/>",
        b"<other><control/></other>",
        request_xml(""),
        request_xml(login() + session("s")),
        request_xml("<sessionid> </sessionid>"),
        request_xml(login(), "text only"),
        request_xml(login(), *["<getAPISession/>"] * 101),
        b'<?xml version="1.0" encoding="no-such-encoding"?>' + request_xml(),
    ],
)
def test_what_is_no_request_is_said_to_be_none(body: bytes) -> None:
    assert reason(body)


def test_an_unreadable_request_keeps_what_its_control_block_said() -> None:
    answer = read(request_xml(""))
    assert isinstance(answer, Unreadable)
    assert (answer.control.sender_id, answer.control.control_id) == ("acme-sender", "asked")


PIECES = st.sampled_from(
    [
        b"<request>",
        b"</request>",
        b"<control>",
        b"<function controlid='",
        b"<![CDATA[",
        b"]]>",
        b"<?x ?>",
        b"<!DOCTYPE ",
        b"<!ENTITY a '",
        b"&a;",
        b"&#0;",
        b"&#xFFFE;",
        b"\xff\xfe",
        b"'>",
        b"xmlns:a='",
        request_xml(),
    ]
)


@given(st.one_of(st.binary(max_size=300), st.lists(st.one_of(PIECES, st.binary(max_size=8))).map(b"".join)))
def test_any_bytes_are_read_or_said_to_be_unreadable(body: bytes) -> None:
    assert isinstance(read(body), GatewayRequest | Unreadable)
