"""The page's texts: which language, and that none lacks a text."""

import inspect
import json
import re
import string
from importlib.resources import files

import pytest

from counterfoil.auth_modes import ClientSettings
from counterfoil.connect.texts import FALLBACK, Texts, bold_labels
from counterfoil.providers import catalogue
from counterfoil.providers.sage_intacct import causes

TRANSLATIONS = ("de", "es", "fr")
PROVIDER = catalogue("https://api.intacct.com").get("sage-intacct-cc")

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


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_only_fields_and_causes_that_exist_are_translated(language: str) -> None:
    known = {
        f"field.{PROVIDER.id}.{one.name}.{part}"
        for one in PROVIDER.mode.fields(PROVIDER, ClientSettings())
        for part in ("label", "description")
    }
    source = inspect.getsource(causes)
    known |= {
        f"cause.{PROVIDER.id}.{code}.{part}"
        for code in re.findall(r'"([a-z_]+)"', source)
        for part in ("sentence", "remedy")
    }
    more = _file(language).keys() - _file(FALLBACK).keys()
    assert more - known == set()
    assert {name for name in known if name.endswith(".description")} <= more
    # A cause that is told has both parts.
    assert {name.rpartition(".")[0] for name in more if name.endswith(".sentence")} == {
        name.rpartition(".")[0] for name in more if name.endswith(".remedy")
    }


def test_every_text_can_be_filled_in() -> None:
    for every in Texts.load().by_language.values():
        for text in every.values():
            names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
            assert all(name.isidentifier() for name in names), text


def test_labels_are_bold_and_everything_is_escaped() -> None:
    assert bold_labels("Click **Save & <close>** > now") == "Click <b>Save &amp; &lt;close&gt;</b> &gt; now"
    assert bold_labels("plain") == "plain"
