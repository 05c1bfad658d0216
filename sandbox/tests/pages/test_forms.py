import pytest
from hypothesis import given
from hypothesis import strategies as st

from intacct_sandbox.errors import InvalidInput
from intacct_sandbox.pages.forms import Form, UnreadableForm


def _refuse(field: str, sentence: str) -> str:
    raise InvalidInput(field, sentence)


def test_values_stay_as_they_were_typed() -> None:
    form = Form.read(b"name=+Acme%20+&empty=&role=a&role=b")
    assert form.raw("name") == " Acme  "
    assert form.text("name") == "Acme"
    assert form.many("role") == ("a", "b")
    assert form.holds("role", "b")
    assert form.raw("empty") == form.raw("missing") == ""


@given(st.binary(max_size=400))
def test_no_body_whatever_breaks_the_reader(body: bytes) -> None:
    try:
        Form.read(body)
    except UnreadableForm:
        return


@pytest.mark.parametrize("body", [b"a=%ff", b"\xff=1", b"&".join([b"a=1"] * 501)])
def test_a_body_that_no_page_sends_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableForm):
        Form.read(body)


def test_an_action_is_not_tried_while_a_field_is_wrong() -> None:
    form = Form.of(name="")
    form.required("name", "Enter a name.")
    assert form.attempt(lambda: _refuse("name", "Tried.")) is None
    assert form.errors == {"name": "Enter a name."}


def test_what_an_action_refuses_stands_beside_its_field() -> None:
    form = Form.of(name="x")
    assert form.attempt(lambda: _refuse("name", "Taken.")) is None
    assert form.errors == {"name": "Taken."}


def test_the_first_sentence_beside_a_field_stays() -> None:
    form = Form.of(name="x" * 300)
    form.reject("name", "First.")
    form.required("name", "Enter a name.")
    assert form.errors == {"name": "First."}


@pytest.mark.parametrize("longest", [1, 10])
def test_a_value_that_is_too_long_says_how_long_it_may_be(longest: int) -> None:
    form = Form.of(name="x" * (longest + 1), other="x" * (longest + 1))
    form.required("name", "Enter a name.", longest)
    form.optional("other", longest)
    assert form.errors == dict.fromkeys(("name", "other"), f"Use at most {longest} characters.")
