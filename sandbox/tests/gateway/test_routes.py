import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from sandbox.tests.gateway.asking import PATH, ask, post, request_xml
from starlette.testclient import TestClient


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [
        ("sandbox.test:8089", "http://sandbox.test:8089/ia/xml/xmlgw.phtml"),
        ("[::1]:9000", "http://[::1]:9000/ia/xml/xmlgw.phtml"),
        ("intacct.example.com", "http://intacct.example.com/ia/xml/xmlgw.phtml"),
        # Behind a front that took the TLS off.
        ("api.intacct.com", "https://api.intacct.com/ia/xml/xmlgw.phtml"),
    ],
)
def test_the_endpoint_is_where_the_request_came_to(host: str, endpoint: str, http: TestClient) -> None:
    response = http.post(PATH, content=request_xml(), headers={"Host": host})
    assert etree.fromstring(response.content).findtext("operation/result/data/api/endpoint") == endpoint


def test_the_type_of_the_content_does_not_matter(http: TestClient) -> None:
    for content_type in ("x-intacct-xml-request", "text/xml", "application/x-www-form-urlencoded"):
        response = http.post(PATH, content=request_xml(), headers={"Content-Type": content_type})
        assert b"<sessionid>" in response.content


def test_what_is_not_well_formed_fails_in_the_control_block(http: TestClient) -> None:
    answer = post(http, b"<request><control>")
    assert answer.statuses() == ("failure", None, None)
    number, _, text = answer.error("")
    assert number == "XL03000003"
    assert str(text).startswith("XML Parse error: ")


def test_a_body_too_large_is_refused_without_being_kept(http: TestClient) -> None:
    answer = post(http, request_xml().replace(b"</request>", b" " * 3_000_000 + b"</request>"))
    assert answer.error("")[0] == "XL03000003"


def test_a_definition_of_entities_is_refused_and_not_repeated(http: TestClient) -> None:
    answer = post(http, b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + request_xml())
    assert answer.statuses() == ("failure", None, None)
    assert len(answer.response.content) < 1000


def test_it_takes_posts_only(http: TestClient) -> None:
    assert http.get(PATH).status_code == 405


def test_no_password_comes_back(http: TestClient) -> None:
    assert b"sandbox-sender" not in ask(http).response.content


# The sandbox of the test is shared by all examples: what they leave behind is what is tried.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.one_of(
        st.binary(max_size=400),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.tuples(st.integers(0, 500), st.integers(0, 255)).map(
            lambda at: request_xml()[: at[0]] + bytes([at[1]]) + request_xml()[at[0] + 1 :]
        ),
    )
)
def test_whatever_comes_is_answered_in_xml(http: TestClient, body: bytes) -> None:
    post(http, body)
