"""All routes under `/developer`."""

from starlette.routing import BaseRoute

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.console.api_keys import ApiKeysPages
from intacct_sandbox.console.applications import ApplicationPages
from intacct_sandbox.console.development import TEMPLATES, DeveloperDoor, Development
from intacct_sandbox.console.signing_in import SigningIn
from intacct_sandbox.console.workspaces import WorkspacePages
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.pages.browser_sessions import BrowserSessions
from intacct_sandbox.store import Store


def routes(*, store: Store, clock: SandboxClock, ids: SeededIds) -> list[BaseRoute]:
    """The pages of the developer console; the last route is their own 404 page."""
    development = Development(store, clock, ids)
    door = DeveloperDoor(
        name="developer",
        title="Developer console",
        templates=TEMPLATES,
        sessions=BrowserSessions(store, clock, ids.page_token),
        find_subject=development.find,
    )
    return [
        *SigningIn(development).routes(door),
        *WorkspacePages(development).routes(door),
        *ApplicationPages(development).routes(door),
        *ApiKeysPages(development).routes(door),
        door.nothing_else(),
    ]
