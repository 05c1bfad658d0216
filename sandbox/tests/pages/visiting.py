"""A sandbox of web pages, and a visitor who knows only what is written on them: labels, links and buttons.

The visitor runs no scripts, so whatever it manages works without them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from httpx2 import Response
from lxml import html
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response as Answer
from starlette.testclient import TestClient

from intacct_sandbox import admin, console, identity, limits, objects, pages, triggers
from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.identity import companies, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.users import NewUser, User
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.store import Store

PASSWORD: Final = "sandbox"
Values = str | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Site:
    """The pages, with what they stand on."""

    store: Store
    clock: SandboxClock
    ids: SeededIds
    app: Starlette


@contextmanager
def site() -> Iterator[Site]:
    """An empty sandbox: no company, no developer."""
    store, clock, ids = Store(), SandboxClock(), SeededIds(1)
    store.create(identity.SCHEMA)
    store.create(pages.SCHEMA)
    store.create(objects.SCHEMA)
    store.create(limits.SCHEMA)
    store.create(triggers.SCHEMA)

    async def not_found(request: Request, _error: Exception) -> Answer:
        return pages.not_found(request)

    app = Starlette(
        routes=[
            *pages.routes(store=store),
            *console.routes(store=store, clock=clock, ids=ids),
            *admin.routes(store=store, clock=clock, ids=ids),
        ],
        exception_handlers={404: not_found},
    )
    yield Site(store, clock, ids, app)
    store.close()


def install_company(
    site: Site, company_id: str, *, is_multi_entity: bool = False, permission_type: str = "role"
) -> Company:
    """A company with nobody in it."""
    return companies.create(
        site.store,
        company_id=company_id,
        title=f"{company_id} Inc.",
        is_multi_entity=is_multi_entity,
        permission_type=permission_type,
    )


def add_user(
    site: Site,
    company: Company,
    user_id: str,
    *,
    admin_privileges: str = "off",
    status: str = "active",
    is_web_services: bool = False,
) -> User:
    """A user with the password of every fixture."""
    new = NewUser(
        id=user_id,
        user_name=user_id,
        account_email="somebody@example.com",
        admin_privileges=admin_privileges,
        status=status,
        is_web_services=is_web_services,
        password=PASSWORD,
    )
    return users.add(site.store, company.key, new)


class Visitor:
    """One browser without scripts.

    Attributes:
        status: Of the last answer, after redirects.
        path: Where the visitor is.
        source: The page as it came.
    """

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.status = 0
        self.path = ""
        self.source = ""
        self._page: html.HtmlElement = html.fromstring("<html></html>")

    @property
    def text(self) -> str:
        """The words of the page, blanks folded."""
        return _words(self._page)

    def open(self, path: str) -> "Visitor":
        """Go to an address."""
        return self._arrive(self.client.get(path))

    def click(self, label: str) -> "Visitor":
        """Click the link of exactly this name; more than one of that name must lead to the same page."""
        targets = {str(link.get("href")) for link in self._page.iter("a") if _words(link) == label}
        assert len(targets) == 1, f"{len(targets)} links {label!r} at {self.path}: {sorted(self.links())}"
        return self.open(targets.pop())

    def press(self, label: str, /, **fields: Values) -> "Visitor":
        """Press the button of exactly this name, after changing fields by their names."""
        buttons = [button for button in self._page.iter("button") if _words(button) == label]
        assert len(buttons) == 1, f"{len(buttons)} buttons {label!r} at {self.path}"
        form = next(above for above in buttons[0].iterancestors("form"))
        assert isinstance(form, html.FormElement)
        data: dict[str, list[str]] = {}
        for name, value in form.form_values():
            data.setdefault(name, []).append(value)
        for name, wanted in fields.items():
            assert any(field.get("name") == name for field in form.iter("input", "select", "textarea")), name
            data[name] = [wanted] if isinstance(wanted, str) else list(wanted or [])
        return self.post(form.get("action") or self.path, data)

    def post(self, path: str, data: dict[str, list[str]]) -> "Visitor":
        """Post anything to anywhere, as a forged page would."""
        return self._arrive(self.client.post(path, data=data))

    def field(self, label: str) -> str:
        """What the one field of exactly this label holds."""
        targets = [str(found.get("for")) for found in self._page.iter("label") if _words(found) == label]
        assert len(targets) == 1, f"{len(targets)} fields {label!r} at {self.path}"
        found = self._page.get_element_by_id(targets[0])
        if isinstance(found, html.InputElement | html.SelectElement | html.TextareaElement):
            return str(found.value or "")
        raise AssertionError(label)

    def is_checked(self, label: str) -> bool:
        """Whether the check box of exactly this label is chosen."""
        targets = [str(found.get("for")) for found in self._page.iter("label") if _words(found) == label]
        return self._page.get_element_by_id(targets[0]).get("checked") is not None

    def errors(self) -> dict[str, str]:
        """The sentences beside fields, by the field's name."""
        found = self._page.find_class("field-error")
        return {str(sentence.get("id")).removeprefix("error-"): _words(sentence) for sentence in found}

    def notice(self) -> str:
        """What the page says once."""
        return " ".join(_words(found) for found in self._page.find_class("success"))

    def links(self) -> set[str]:
        """The names of all links."""
        return {_words(link) for link in self._page.iter("a")}

    def buttons(self) -> set[str]:
        """The names of all buttons."""
        return {_words(button) for button in self._page.iter("button")}

    def csrf(self) -> str:
        """The token in the page's forms."""
        fields = self._page.iter("input")
        return next(str(field.get("value")) for field in fields if field.get("name") == "csrf")

    def _arrive(self, response: Response) -> "Visitor":
        self.status, self.path = response.status_code, response.url.path
        self.source = response.text
        self._page = html.document_fromstring(self.source)
        for area in self._page.iter("textarea"):
            # HTML: a line break right behind the tag is not part of the text.
            area.text = (area.text or "").removeprefix("\n")
        return self


def sign_up(visitor: Visitor, name: str = "Acme", email: str = "dev@example.com") -> Visitor:
    """Open a developer account and be signed in."""
    return visitor.open("/developer/sign-up").press("Sign up", name=name, email=email, password=PASSWORD)


def sign_in(visitor: Visitor, company_id: str, user_id: str) -> Visitor:
    """Sign in to a company."""
    return visitor.open("/company/sign-in").press(
        "Sign in", company_id=company_id, user_id=user_id, password=PASSWORD
    )


def _words(element: html.HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())
