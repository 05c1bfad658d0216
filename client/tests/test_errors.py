import pickle
from datetime import UTC, datetime

import pytest

from counterfoil_client import (
    ApiError,
    AuthenticationFailed,
    ConnectionNeedsReconnect,
    ConnectionUnusable,
    CounterfoilError,
    FieldError,
    ProviderRefused,
    ProxyAnswer,
    RateLimited,
    Refusal,
    TimedOut,
    TransportError,
    errors,
)
from counterfoil_client.diagnoses import read_diagnosis

REFUSAL = Refusal(
    status=429,
    code="too_many_request",
    message="Slower, please.",
    errors=(FieldError(("a", "0"), "custom", "Wrong."),),
    diagnosis=read_diagnosis({"code": "busy", "retry_at": "2026-01-01T00:00:00Z"}),
    retry_after_seconds=7,
    request_id="request-1",
    asked="GET /connections",
)


def test_every_error_has_one_root() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]

    assert len(kinds) > 10
    assert all(issubclass(kind, CounterfoilError) for kind in kinds)


def test_every_error_is_drawn_in_the_tree() -> None:
    kinds = [
        name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)
    ]

    assert [name for name in kinds if name not in (errors.__doc__ or "")] == []


def test_what_needs_a_person_is_also_unusable() -> None:
    assert issubclass(ConnectionNeedsReconnect, ConnectionUnusable)


def test_a_refusal_reads_as_one_line() -> None:
    assert str(AuthenticationFailed(REFUSAL)) == (
        "429 too_many_request: Slower, please.; a.0: Wrong. (GET /connections, request request-1)"
    )


def test_the_parts_of_a_refusal_are_attributes() -> None:
    error = RateLimited(REFUSAL)

    assert (error.status, error.code, error.message) == (429, "too_many_request", "Slower, please.")
    assert (error.request_id, error.retry_after_seconds) == ("request-1", 7)
    assert error.errors[0].path == ("a", "0")
    assert error.diagnosis is not None
    assert error.diagnosis.retry_at == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionNeedsReconnect(REFUSAL),
        TimedOut("GET /: ReadTimeout", may_have_arrived=True),
        TransportError("GET /: ConnectError", may_have_arrived=False),
        ProviderRefused(ProxyAnswer(status=422, headers={}, content=b"{}", asked="POST /v1/x")),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_survives_pickling(error: CounterfoilError) -> None:
    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_a_refusal_does_not_print_what_it_does_not_know() -> None:
    assert "kept" not in repr(ApiError(Refusal(status=400, code="x", message="y", raw={"payload": "kept"})))
