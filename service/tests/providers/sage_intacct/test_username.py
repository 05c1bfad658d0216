"""What is understood of a username, and what is said about what is not one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.auth_modes import Misread
from counterfoil.providers.sage_intacct.username import (
    MAX_CHARACTERS,
    Understood,
    is_access_token,
    is_client_id,
    is_web_address,
    parts_of,
    read_username,
)

# Letters and signs of IDs, without those that mean something in the grammar or are cleaned away at the edges.
_ID_CHARACTERS = st.characters(codec="utf-8", categories=("L", "N"), include_characters="_-+.# ")
ids = st.text(_ID_CHARACTERS, min_size=1, max_size=30).map(str.strip).filter(bool)
usernames = st.tuples(ids, ids, st.none() | ids).filter(lambda parts: "userid" not in parts[0].lower())


def understood(text: str) -> Understood:
    read = read_username(text)
    assert isinstance(read, Understood), read
    return read


def misread(text: str) -> Misread:
    read = read_username(text)
    assert isinstance(read, Misread), read
    return read


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Admin@MyCompany", ("Admin", "MyCompany", None)),
        ("Admin@MyCompany|Central Region", ("Admin", "MyCompany", "Central Region")),
        ("xml_gateway@acme-imp", ("xml_gateway", "acme-imp", None)),
        ("O'Brien@Acme|100", ("O'Brien", "Acme", "100")),
        ("aDMIN@mYcOMPANY", ("aDMIN", "mYcOMPANY", None)),
    ],
)
def test_a_username_is_taken_apart_and_letter_case_kept(
    text: str, parts: tuple[str, str, str | None]
) -> None:
    assert understood(text) == Understood(*parts)


@pytest.mark.parametrize(
    ("text", "clean", "note"),
    [
        (" Admin @ MyCompany | Central Region ", "Admin@MyCompany|Central Region", "Blanks"),
        ("Admin＠MyCompany｜East", "Admin@MyCompany|East", "Look-alikes"),
        ("Admin@MyCompany¦East", "Admin@MyCompany|East", "Look-alikes"),
        ("Ad\u200bmin@My\ufeffCompany", "Admin@MyCompany", "Invisible"),
        ("Admin@MyCompany|Central\u00a0Region", "Admin@MyCompany|Central Region", "Special blanks"),
        ("\u3000Admin@MyCompany|Central\u3000Region", "Admin@MyCompany|Central Region", "Special blanks"),
        ('"Admin@MyCompany"', "Admin@MyCompany", "Quotation"),
        ("“Admin@MyCompany”", "Admin@MyCompany", "Quotation"),
        ('"Admin"@"MyCompany"', "Admin@MyCompany", "Quotation"),
        ("<Admin@MyCompany>", "Admin@MyCompany", "Quotation"),
    ],
)
def test_what_needs_no_guess_is_corrected_and_said(text: str, clean: str, note: str) -> None:
    read = understood(text)
    assert str(read) == clean
    assert any(note in said for said in read.notes)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("jane@acme.com", "e-mail"),
        ("Web User@MyCompany", "blank inside"),
        ("Ａdmin@MyCompany", "full-width letters"),
    ],
)
def test_what_looks_odd_is_kept_and_noted(text: str, note: str) -> None:
    read = understood(text)
    assert str(read) == text
    assert any(note in said for said in read.notes)


@pytest.mark.parametrize(
    ("text", "problem", "suggestion"),
    [
        ("", "empty", None),
        ("  \u200b ", "empty", None),
        ("Admin", "at_sign_missing", None),
        ("MyCompany\\Admin", "at_sign_missing", "Admin@MyCompany"),
        ("MyCompany|Admin", "at_sign_missing", "Admin@MyCompany"),
        ("Console|MyCompany|East", "user_missing", None),
        ("@MyCompany", "user_missing", None),
        ("Admin@", "company_missing", None),
        ("Admin@|East", "company_missing", None),
        ("Admin@MyCompany|", "entity_missing", "Admin@MyCompany"),
        ("jane@acme.com@MyCompany", "mail_address_as_user", "jane@MyCompany"),
        ("jane@acme.com@MyCompany|East", "mail_address_as_user", "jane@MyCompany|East"),
        ("a@b@c", "several_at_signs", None),
        ("a@@c", "several_at_signs", None),
        ("Admin@Console|MyCompany|East", "console_id", "Admin@MyCompany|East"),
        ("Admin@A|B|C|D", "console_id", None),
        ("East|Admin@MyCompany", "bar_before_at_sign", "Admin@MyCompany|East"),
        ("East|Admin@MyCompany|West", "bar_before_at_sign", None),
        ("0123456789abcdef0123.app.sage.com", "client_id", None),
        ("https://api.intacct.com/ia/acct/login.phtml?user=a@b", "web_address", None),
        ("www.intacct.com", "web_address", None),
        ("mailto:jane@acme.com", "web_address", None),
        ("eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln", "access_token", None),
        ("SBrAa6y2nPQVd1aQLx6P6CYTf7rpwwuZIcVmE-wqJrkq9MBLoyxDFg..", "session_id", None),
        ("d2719d8e-5d1f-4c0e-9a43-6d3f2f1f6a55", "session_id", None),
        ("userId@companyId|entityId", "example", None),
        ("Admin@MyCompany\nClient ID", "line_break", "Admin@MyCompany"),
        ("Admin\t@MyCompany", "line_break", None),
        ("Admin@My\ud800Company", "broken_character", None),
        ("a@" + "b" * MAX_CHARACTERS, "too_long", None),
    ],
)
def test_what_people_type_instead_is_named_and_a_way_out_offered(
    text: str, problem: str, suggestion: str | None
) -> None:
    read = misread(text)
    assert read.problem == problem
    assert read.suggestion == suggestion
    assert read.sentence.endswith((".", "companyId", "entityId")) or "companyId" in read.sentence


@pytest.mark.parametrize(
    "text", ["sandbox-client-secret", "SBrAa6y2nPQVd1aQLx6P6CYTf7rpwwuZIcVmE..", "hunter2|abc"]
)
def test_a_text_that_may_be_a_secret_is_not_quoted(text: str) -> None:
    assert text not in misread(text).sentence


def test_long_parts_are_quoted_in_part() -> None:
    assert "…" in misread("a" * 300 + "@x@y").sentence


@given(usernames)
def test_what_is_composed_of_parts_is_read_as_those_parts(parts: tuple[str, str, str | None]) -> None:
    composed = str(Understood(*parts))
    read = read_username(composed)
    if isinstance(read, Misread):
        assert read.problem in {"web_address", "example"}
        return
    assert (read.user_id, read.company_id, read.entity_id) == parts


@given(st.text())
def test_every_text_has_an_answer(text: str) -> None:
    assert isinstance(read_username(text), Understood | Misread)


_TYPED = st.text(st.sampled_from("aB1.@|\\ \t\"'<>“”«»＠｜\u00a0\u200b\u3000:/-"), max_size=24)


@given(_TYPED)
def test_reading_what_was_understood_changes_nothing_more(text: str) -> None:
    read = read_username(text)
    if isinstance(read, Misread):
        return
    again = understood(str(read))
    assert (again.user_id, again.company_id, again.entity_id) == (
        read.user_id,
        read.company_id,
        read.entity_id,
    )
    assert str(again) == str(read)


@given(_TYPED)
def test_a_suggestion_is_itself_understood(text: str) -> None:
    read = read_username(text)
    if isinstance(read, Misread) and read.suggestion is not None:
        assert str(understood(read.suggestion)) == read.suggestion


@given(_TYPED)
def test_understanding_adds_no_letters(text: str) -> None:
    read = read_username(text)
    if isinstance(read, Understood):
        assert [letter for letter in str(read) if letter.isalnum()] == [
            letter for letter in text if letter.isalnum()
        ]


def test_nested_signs_do_not_exhaust_it() -> None:
    for sign in ("@", "|", '"', "<", "\\", "'\""):
        read_username(sign * (MAX_CHARACTERS // len(sign)))
        read_username("a" + sign * 199 + "@" + sign * 199)


def test_the_form_shows_named_parts() -> None:
    shown = parts_of("Admin@MyCompany")
    assert not isinstance(shown, Misread)
    assert shown.parts == (("user_id", "Admin"), ("company_id", "MyCompany"), ("entity_id", None))
    assert isinstance(parts_of("Admin"), Misread)


def test_kinds_that_show_in_the_form() -> None:
    assert is_client_id("0123456789abcdef0123.app.sage.com")
    assert not is_client_id("Admin@MyCompany")
    assert is_web_address("HTTPS://x")
    assert not is_web_address("a:b")
    assert is_access_token("eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln")
    assert not is_access_token("Admin@MyCompany")
