"""A secret does not show itself by accident."""

import copy
import json
import logging
import pickle
import traceback

import pytest

from counterfoil.vault import Secret

_TEXT = "hunter2-hunter2"


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{:>40}".format,
        lambda secret: f"{secret!r} {secret}",
        lambda s: repr({"k": [s]}),
    ],
)
def test_no_way_of_printing_shows_it(show: object) -> None:
    assert callable(show)
    assert _TEXT not in show(Secret(_TEXT))


def test_it_is_neither_pickled_nor_copied_into_json() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(_TEXT))
    with pytest.raises(TypeError):
        copy.copy(Secret(_TEXT))
    with pytest.raises(TypeError) as refused:
        json.dumps({"secret": Secret(_TEXT)})
    assert _TEXT not in str(refused.value)


def test_it_does_not_show_in_logs_or_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError(Secret(_TEXT))
    except ValueError as error:
        told = "".join(traceback.format_exception(error))
    assert _TEXT not in told
    logging.getLogger("test").warning("got %s", Secret(_TEXT))
    assert _TEXT not in caplog.text


def test_it_compares_by_its_text_and_shows_it_only_when_asked() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert hash(Secret("a")) == hash(Secret("a"))
    assert not Secret("")
    assert Secret(_TEXT).reveal() == _TEXT
