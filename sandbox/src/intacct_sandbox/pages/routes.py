"""The landing page, the static files, and the page for paths that nobody serves."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from intacct_sandbox.fixtures.company_list import PASSWORD
from intacct_sandbox.identity import companies, developers, users
from intacct_sandbox.identity.companies import WEB_SERVICES, Company
from intacct_sandbox.pages.assets import ASSETS
from intacct_sandbox.pages.doors import NOT_FOUND
from intacct_sandbox.pages.rendering import environment, page
from intacct_sandbox.store import Store

_TEMPLATES: Final = environment(Path(__file__).parent / "templates")
_ADDRESSES: Final = (
    ("token-endpoint", "OAuth token endpoint", "/ia/api/v1/oauth2/token"),
    ("rest-address", "REST", "/ia/api/v1"),
    ("gateway-address", "XML gateway", "/ia/xml/xmlgw.phtml"),
)
_CONTROL: Final = (
    ("State", "/control"),
    ("Requests", "/control/requests"),
    ("Faults", "/control/faults"),
    ("Quirks", "/control/quirks"),
)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in; the password is empty where it is not the one that fixtures give."""

    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Administrator:
    """The first administrator of a company."""

    id: str
    about: str
    user_id: str
    password: str


def routes(*, store: Store) -> list[BaseRoute]:
    """The landing page `/`, which says who can sign in where, and `/static/…`."""

    async def landing(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        context = {
            "developers": list(_developers(store)),
            "companies": list(_administrators(store)),
            "addresses": [(id_, label, base + path) for id_, label, path in _ADDRESSES],
            "control": _CONTROL,
        }
        return page(_TEMPLATES, "landing.html", 200, context)

    return [Route("/", landing, methods=["GET"]), ASSETS.route()]


def not_found(_request: Request) -> Response:
    """The 404 page."""
    return page(_TEMPLATES, "problem.html", 404, {"problem": NOT_FOUND, "back": "/"})


def _developers(store: Store) -> Iterator[Account]:
    for developer in developers.every(store):
        is_fixtures = developers.sign_in(store, developer.email, PASSWORD) is not None
        yield Account(developer.email, PASSWORD if is_fixtures else "")


def _administrators(store: Store) -> Iterator[Administrator]:
    for company in companies.every(store):
        held = users.every(store, company.key)
        able = [user for user in held if user.status == "active" and not user.is_web_services]
        administrator = next((user for user in able if user.admin_privileges != "off"), None)
        if administrator is None:
            continue
        is_fixtures = users.check_password(store, company.key, administrator.id, PASSWORD) is not None
        password = PASSWORD if is_fixtures else ""
        yield Administrator(company.id, _about(company), administrator.id, password)


def _about(company: Company) -> str:
    facts = [
        "Production" if company.is_production else "Non-Production",
        "multi-entity" if company.is_multi_entity else "single entity",
    ]
    if WEB_SERVICES not in company.subscriptions:
        facts.append("Web Services subscription off")
    return ", ".join(facts)
