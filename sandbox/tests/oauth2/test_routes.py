import pytest
from sandbox.tests.oauth2.asking import GOOD, REVOKE, TOKEN, code
from starlette.testclient import TestClient


@pytest.mark.parametrize("path", [TOKEN, REVOKE])
def test_a_body_far_too_large_is_no_payload(path: str, http: TestClient) -> None:
    response = http.post(path, data={**GOOD, "token": "x", "padding": "x" * 100_000})
    assert (response.status_code, code(response)) == (400, "GW-0032")


@pytest.mark.parametrize("path", [TOKEN, REVOKE])
def test_answers_are_json_and_never_kept(path: str, http: TestClient) -> None:
    response = http.post(path, data={**GOOD, "token": "x"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"


def test_a_revocation_is_refused_in_the_shapes_of_the_token_endpoint(http: TestClient) -> None:
    assert code(http.post(REVOKE, content=b"")) == "GW-0035"
    assert code(http.post(REVOKE, data={"token": "x"})) == "GW-0037"
    assert code(http.post(REVOKE, data={**GOOD, "client_secret": "wrong"})) == "invalid_client"
