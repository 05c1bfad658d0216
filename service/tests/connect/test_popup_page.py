"""The page that ends a redirection: what it says, in which language, and what it never says."""

import pytest

from counterfoil.auth_modes import AuthorizationFailed, Cause
from counterfoil.connect.assets import Assets
from counterfoil.connect.popup_page import HEADERS, PopupPage, Shown
from counterfoil.connect.texts import Texts
from counterfoil.errors import InvalidRequest

CAUSE = Cause(
    code="access_denied",
    sentence="It was <denied>.",
    remedy="Allow it.",
    who="administrator",
    details={"host": "api.example.com"},
)


@pytest.fixture(scope="module")
def page() -> PopupPage:
    english = Texts.load().by_language["en"]
    other = {**english, "success.title": "Verbunden", "cause.access_denied.sentence": "{host} sagt nein."}
    other |= {"cause.books.access_denied.sentence": "Bücher sagen nein.", "cause.access_denied.remedy": "{x}"}
    return PopupPage(Assets.load(), Texts({"en": english, "de": other}))


def _shown(page: PopupPage, shown: Shown, language: str = "en") -> str:
    return page.document(shown, root="../", accept_language=language).decode()


def test_success_names_what_was_connected_and_escapes_it(page: PopupPage) -> None:
    shown = _shown(
        page, Shown(integration="<i>Books</i>", origins=["https://b.example", "https://a.example"])
    )
    assert "&lt;i&gt;Books" in shown
    assert '"origins": ["https://a.example", "https://b.example"]' in shown
    assert "nango_oauth_callback_success" in shown


def test_a_failure_says_what_happened_what_to_do_and_who_can(page: PopupPage) -> None:
    shown = _shown(page, Shown(error=AuthorizationFailed(CAUSE), error_type="callback_err"))
    for words in ("It was &lt;denied&gt;.", "Allow it.", "An administrator of your company", "access_denied"):
        assert words in shown


def test_a_failure_without_a_cause_is_said_too(page: PopupPage) -> None:
    shown = _shown(page, Shown(error=InvalidRequest("It can't be."), error_type="x"))
    assert "It can&#39;t be." in shown


def test_the_language_is_the_browsers_and_causes_follow_where_they_can(page: PopupPage) -> None:
    assert "Verbunden" in _shown(page, Shown(), "de")
    failed = Shown(error=AuthorizationFailed(CAUSE), error_type="callback_err")
    assert "api.example.com sagt nein." in _shown(page, failed, "de")
    assert "Allow it." in _shown(page, failed, "de")


def test_a_providers_own_words_come_first(page: PopupPage) -> None:
    failed = Shown(provider="books", error=AuthorizationFailed(CAUSE), error_type="callback_err")
    assert "Bücher sagen nein." in _shown(page, failed, "de")
    # Words that need what is not known are not said.
    assert "Allow it." in _shown(page, failed, "de")


def test_a_closing_tag_in_a_message_stays_data(page: PopupPage) -> None:
    shown = _shown(page, Shown(error=InvalidRequest("</script><script>alert(1)"), error_type="x"))
    assert "<script>alert" not in shown


def test_its_policy_lets_nothing_run_but_its_own_script() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "connect-src" not in policy
