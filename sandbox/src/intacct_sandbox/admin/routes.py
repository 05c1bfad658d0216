"""All routes under `/company`."""

from starlette.routing import BaseRoute

from intacct_sandbox.admin.administration import TEMPLATES, Administration, CompanyDoor
from intacct_sandbox.admin.api_usage import ApiUsagePages
from intacct_sandbox.admin.authorized_clients import AuthorizedClientPages
from intacct_sandbox.admin.company import CompanyPages
from intacct_sandbox.admin.custom_fields import CustomFieldPages
from intacct_sandbox.admin.data import DataPages
from intacct_sandbox.admin.roles import RolePages
from intacct_sandbox.admin.signing_in import SigningIn
from intacct_sandbox.admin.triggers import TriggerPages
from intacct_sandbox.admin.web_services_authorizations import WebServicesAuthorizationPages
from intacct_sandbox.admin.web_services_users import WebServicesUserPages
from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.pages.browser_sessions import BrowserSessions
from intacct_sandbox.store import Store


def routes(*, store: Store, clock: SandboxClock, ids: SeededIds) -> list[BaseRoute]:
    """The pages of company administration; the last route is their own 404 page."""
    administration = Administration(store, clock, ids)
    door = CompanyDoor(
        name="company",
        title="Company administration",
        templates=TEMPLATES,
        sessions=BrowserSessions(store, clock, ids.page_token),
        find_subject=administration.find,
    )
    return [
        *SigningIn(administration).routes(door),
        *CompanyPages(administration).routes(door),
        *WebServicesUserPages(administration).routes(door),
        *ApiUsagePages(administration).routes(door),
        *RolePages(administration).routes(door),
        *TriggerPages(administration).routes(door),
        *CustomFieldPages(administration).routes(door),
        *DataPages(administration).routes(door),
        *AuthorizedClientPages(administration).routes(door),
        *WebServicesAuthorizationPages(administration).routes(door),
        door.nothing_else(),
    ]
