from intacct_sandbox.fixtures import guide
from intacct_sandbox.fixtures.company_list import ENTITIES, PASSWORD
from intacct_sandbox.testing import GUIDE


def test_the_credentials_are_those_of_the_guide() -> None:
    assert (GUIDE.client_id, GUIDE.client_secret) == (guide.CLIENT_ID, guide.CLIENT_SECRET)
    assert (GUIDE.sender_id, GUIDE.sender_password) == (guide.SENDER_ID, guide.SENDER_PASSWORD)
    assert GUIDE.user_password == PASSWORD
    assert GUIDE.username_in_entity == f"{GUIDE.username}|{ENTITIES[0]}"
    assert GUIDE.username == f"{GUIDE.user_id}@{GUIDE.company_id}"


def test_a_token_request_is_for_any_username() -> None:
    assert GUIDE.token_request()["username"] == GUIDE.username
    assert GUIDE.token_request("Admin@SoloCo")["username"] == "Admin@SoloCo"
