"""Causes of both doors: by status, with facts, and where nothing came."""

import pytest

from counterfoil.auth_modes import Cause
from counterfoil.oauth2 import NoAnswer
from counterfoil.providers.sage_intacct import shared_causes
from counterfoil.providers.sage_intacct.gateway_causes import Login
from counterfoil.providers.sage_intacct.shared_causes import Tried, by_status, no_answer, with_facts

LOGIN = Login(sender_id="acme", company_id="MyCompany", user_id="Admin")


def elsewhere(_tried: Tried) -> Cause:
    return shared_causes.wrong_address("Sage Intacct API")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "throttled"),
        (500, "provider_down"),
        (503, "provider_down"),
        (302, "address_wrong"),
        (404, "address_wrong"),
        (405, "address_wrong"),
    ],
)
def test_some_statuses_say_enough(status: int, code: str) -> None:
    tell = by_status(status, elsewhere)
    assert tell is not None
    assert tell(LOGIN).code == code


@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_others_say_nothing_by_themselves(status: int) -> None:
    assert by_status(status, elsewhere) is None


def test_a_code_of_the_provider_is_told_only_if_it_looks_like_one() -> None:
    cause = shared_causes.throttled(LOGIN)
    assert "company “MyCompany”" in cause.sentence
    assert with_facts(cause, 400, "GW-0010", "S1").details == {"provider_code": "GW-0010", "support_id": "S1"}
    assert with_facts(cause, 400, "<script>", None).details == {"provider_code": "HTTP 400"}
    assert with_facts(cause, 400, None, None, 7).retry_after_seconds == 7


def test_silence_is_told_with_what_is_known_of_it() -> None:
    cause = no_answer(NoAnswer("The connection was refused.", sent=False))
    assert (cause.code, cause.recoverable) == ("provider_unreachable", True)
    assert "The connection was refused." in cause.sentence
