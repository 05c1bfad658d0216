"""The page's texts: which language, and that none lacks a text."""

import ast
import inspect
import json
import re
import string
from collections.abc import Mapping
from importlib.resources import files
from types import ModuleType

import pytest

from counterfoil.auth_modes import (
    ClientSettings,
    basic,
    oauth2_authorization_code,
    oauth2_cc,
    verification,
)
from counterfoil.connect.texts import FALLBACK, Texts, bold_labels
from counterfoil.providers import catalogue, microsoft_business_central
from counterfoil.providers.sage_intacct import (
    authorization_code,
    causes,
    gateway_causes,
    shared_causes,
    username,
)

TRANSLATIONS = ("de", "es", "fr")
# What only a renewal can end with, and what only a caller of the API can do wrong.
NOT_ON_THE_PAGE = {"sign_in_again", "refresh_outcome_unknown", "redirection_needed"}

_TEXTS = Texts({"en": {"title": "Connect"}, "de": {"title": "Verbinden"}, "fr": {"title": "Connecter"}})


@pytest.mark.parametrize(
    ("wanted", "accept_language", "language"),
    [
        (None, "", "en"),
        (None, "de", "de"),
        (None, "de-CH", "de"),
        (None, "DE", "de"),
        (None, "es, de;q=0.5", "de"),
        (None, "de;q=0.5, fr;q=0.9", "fr"),
        (None, "de; q=0.2 , fr", "fr"),
        (None, "es, it", "en"),
        (None, "*", "en"),
        (None, "de;q=0, en;q=0.1", "en"),
        (None, "de;q=0", "en"),
        (None, "de;q=lots", "en"),
        (None, ";;;,,,", "en"),
        ("fr", "de", "fr"),
        ("fr-CA", "de", "fr"),
        ("es", "de", "de"),
        ("", "de", "de"),
        ("../../en", "", "en"),
    ],
)
def test_the_language_asked_for_then_the_browsers_best_then_english(
    wanted: str | None, accept_language: str, language: str
) -> None:
    assert _TEXTS.choose(wanted, accept_language) == language


def test_only_the_beginning_of_an_endless_header_is_looked_at() -> None:
    assert _TEXTS.choose(None, "xx," * 10_000 + "de") == FALLBACK


def _file(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(
        (files("counterfoil.connect") / "texts" / f"{language}.json").read_text("utf-8")
    )
    return found


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_languages_are_those_that_are_promised() -> None:
    assert set(Texts.load().by_language) == {FALLBACK, *TRANSLATIONS}


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_has_every_text_of_the_english_one_with_its_placeholders(language: str) -> None:
    english, translated = _file(FALLBACK), _file(language)
    assert english.keys() - translated.keys() == set()
    for name, text in english.items():
        assert _placeholders(translated[name]) == _placeholders(text), name
        assert translated[name].count("**") == text.count("**"), name
        assert translated[name].strip(), name


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_labels_of_sages_pages_are_left_as_they_are_there(language: str) -> None:
    english, translated = _file(FALLBACK), _file(language)
    ours = {english["form.submit"]}
    for name, text in english.items():
        labels = [label for label in text.split("**")[1::2] if label not in ours]
        assert [label for label in labels if f"**{label}**" not in translated[name]] == [], name


def test_all_translations_say_the_same_of_what_the_api_says_in_english() -> None:
    english = _file(FALLBACK).keys()
    [first, *others] = [_file(language).keys() - english for language in TRANSLATIONS]
    assert first
    assert all(one == first for one in others)


def _codes(module: ModuleType) -> set[str]:
    """The codes of the causes that a module makes: `Cause(code="…")` and `refusal(…, "…", …)`."""
    found: set[str] = set()
    for call in ast.walk(ast.parse(inspect.getsource(module))):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        given = [one.value for one in call.keywords if one.arg == "code"] if call.func.id == "Cause" else []
        given += call.args[1:2] if call.func.id == "refusal" else []
        found |= {one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    assert found, module.__name__
    return found


def _causes() -> dict[str, set[str]]:
    """The codes that the page can show, by provider; under an empty name those that any may have."""
    modes = (basic, oauth2_authorization_code, oauth2_cc, verification)
    both_doors = _codes(shared_causes)
    return {
        "": set().union(*map(_codes, modes)) - NOT_ON_THE_PAGE,
        "sage-intacct-cc": both_doors | _codes(causes) - NOT_ON_THE_PAGE,
        "sage-intacct-oauth": both_doors | _codes(authorization_code),
        "sage-intacct": both_doors | _codes(gateway_causes),
        "microsoft-business-central": _codes(microsoft_business_central),
    }


def _said(file: Mapping[str, str], provider: str, code: str, part: str) -> bool:
    own, everybodys = f"cause.{provider}.{code}.{part}", f"cause.{code}.{part}"
    return everybodys in file or (bool(provider) and own in file)


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_cause_is_translated_with_sentence_and_remedy(language: str) -> None:
    file = _file(language)
    untold = [
        f"{provider or 'any'}: {code}.{part}"
        for provider, codes in _causes().items()
        for code in codes
        for part in ("sentence", "remedy")
        if not _said(file, provider, code, part)
    ]
    assert untold == []


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_field_of_every_provider_is_described(language: str) -> None:
    file = _file(language)
    described = {
        f"field.{provider.id}.{field.name}.description"
        for provider in catalogue("https://api.intacct.com", others=()).all()
        for field in provider.mode.fields(provider, ClientSettings())
        if field.description
    }
    assert len(described) > 10
    assert described - file.keys() == set()


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_everything_that_a_username_can_be_misread_as_is_translated(language: str) -> None:
    problems = set(re.findall(r'Misread\(\s*"([a-z_]+)"', inspect.getsource(username)))
    assert len(problems) > 10
    translated = {name.removeprefix("misread.") for name in _file(language) if name.startswith("misread.")}
    assert translated == problems


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_nothing_is_translated_that_nobody_says(language: str) -> None:
    fields = {
        f"field.{provider.id}.{field.name}.{part}"
        for provider in catalogue("https://api.intacct.com", others=()).all()
        for field in provider.mode.fields(provider, ClientSettings())
        for part in ("label", "description")
    }
    told = {
        f"cause.{prefix}{code}.{part}"
        for provider, codes in _causes().items()
        for code in codes
        for prefix in ("", f"{provider}." if provider else "")
        for part in ("sentence", "remedy")
    }
    more = {name for name in _file(language).keys() - _file(FALLBACK).keys() if "misread." not in name}
    assert more - fields - told == set()


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_what_a_translation_needs_to_know_is_known(language: str) -> None:
    """Of a cause only the host, and only where every mode tells it."""
    needed = {
        (name, placeholder)
        for name, text in _file(language).items()
        if name.startswith(("cause.", "misread.", "field."))
        for placeholder in _placeholders(text)
    }
    assert {placeholder for _name, placeholder in needed} <= {"host"}
    assert [name for name, _ in needed if name.split(".")[1] not in _causes()[""]] == []


def test_every_text_can_be_filled_in() -> None:
    for every in Texts.load().by_language.values():
        for text in every.values():
            names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
            assert all(name.isidentifier() for name in names), text


def test_labels_are_bold_and_everything_is_escaped() -> None:
    assert bold_labels("Click **Save & <close>** > now") == "Click <b>Save &amp; &lt;close&gt;</b> &gt; now"
    assert bold_labels("plain") == "plain"
