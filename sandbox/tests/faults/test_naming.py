import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox.tests.oauth2.asking import TOKEN, granted
from starlette.testclient import TestClient

from intacct_sandbox.faults.naming import claims, named, names_in_body

GATEWAY = "/ia/xml/xmlgw.phtml"
OBJECTS = "/ia/api/v1/objects/accounts-payable/vendor"


def test_only_token_and_gateway_requests_name_their_company_in_the_body() -> None:
    assert names_in_body(TOKEN)
    assert names_in_body(GATEWAY)
    assert not names_in_body(OBJECTS)


def test_a_call_names_the_company_of_its_token(http: TestClient) -> None:
    token = granted(http)["access_token"]
    names = named(OBJECTS, f"Bearer {token}", "", b"")
    assert names == {"company": "MyCompany", "client_id": "0123456789abcdef0123.app.sage.com"}
    assert claims(token) == names


def test_a_refresh_names_the_company_of_its_token(http: TestClient) -> None:
    token = granted(http)["refresh_token"]
    body = f"grant_type=refresh_token&refresh_token={token}".encode()
    assert named(TOKEN, "", "application/x-www-form-urlencoded", body)["company"] == "MyCompany"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"username=Admin%40SoloCo%7CEast&client_id=abc"),
        ("application/json", json.dumps({"username": "Admin@SoloCo", "client_id": "abc"}).encode()),
    ],
)
def test_a_token_request_names_the_company_of_its_username(content_type: str, body: bytes) -> None:
    assert named(TOKEN, "", content_type, body) == {"company": "SoloCo", "client_id": "abc"}


def test_a_gateway_request_names_the_company_of_its_login() -> None:
    body = b"<login><userid>a</userid><companyid>SoloCo</companyid></login>"
    assert named(GATEWAY, "", "text/xml", body) == {"company": "SoloCo"}


@given(
    path=st.sampled_from([TOKEN, GATEWAY, OBJECTS]),
    authorization=st.text(max_size=50),
    content_type=st.sampled_from(["application/json", "text/xml", ""]),
    body=st.binary(max_size=200),
)
def test_any_request_names_something_or_nothing(
    path: str, authorization: str, content_type: str, body: bytes
) -> None:
    assert set(named(path, authorization, content_type, body)) <= {"company", "client_id", "grant_type"}
