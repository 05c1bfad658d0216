"""The page's texts: which language, and that none lacks a text."""

import string

import pytest

from counterfoil.connect.texts import FALLBACK, Texts, bold_labels

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


def test_every_catalogue_has_every_text_of_the_english_one() -> None:
    texts = Texts.load()

    assert FALLBACK in texts.by_language
    for catalogue in texts.by_language.values():
        assert catalogue.keys() == texts.by_language[FALLBACK].keys()
        assert all(text.strip() for text in catalogue.values())


def test_every_text_can_be_filled_in() -> None:
    for catalogue in Texts.load().by_language.values():
        for text in catalogue.values():
            names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
            assert all(name.isidentifier() for name in names), text


def test_labels_are_bold_and_everything_is_escaped() -> None:
    assert bold_labels("Click **Save & <close>** > now") == "Click <b>Save &amp; &lt;close&gt;</b> &gt; now"
    assert bold_labels("plain") == "plain"
