import pytest

from counterfoil.errors import (
    Conflict,
    CounterfoilError,
    FailedDependency,
    FieldError,
    Forbidden,
    InvalidBody,
    InvalidRequest,
    NotFound,
    ProviderUnavailable,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidRequest, 400),
        (InvalidBody, 400),
        (Unauthenticated, 401),
        (Forbidden, 403),
        (NotFound, 404),
        (Conflict, 409),
        (FailedDependency, 424),
        (ProviderUnavailable, 502),
        (Unavailable, 503),
        (CounterfoilError, 500),
    ],
)
def test_each_kind_of_failure_has_its_status(error: type[CounterfoilError], status: int) -> None:
    assert error("It failed.").status == status


def test_the_message_is_the_text_of_the_exception() -> None:
    error = NotFound("There is no such thing.")

    assert (str(error), error.message) == ("There is no such thing.", "There is no such thing.")


def test_the_fields_at_fault_are_kept_as_given() -> None:
    wrong = FieldError(("end_user", "id"), "required", "Give the end user's id.")

    assert InvalidBody("The body is not valid.", errors=[wrong]).errors == (wrong,)
    assert InvalidBody("The body is not valid.").errors == ()


def test_without_more_to_say_there_are_no_diagnostics() -> None:
    assert dict(CounterfoilError("It failed.").diagnostics()) == {}


def test_a_limit_says_how_long_to_wait() -> None:
    error = TooManyRequests("Slower.", retry_after_seconds=30)

    assert (error.status, error.retry_after_seconds) == (429, 30)
