"""Who is behind the developer door, and the things of theirs that a path names."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.errors import UnknownThing
from intacct_sandbox.identity import developers
from intacct_sandbox.identity.developers import ApiKeys, Application, Developer, Workspace
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.pages.doors import Door, Visit
from intacct_sandbox.pages.rendering import environment
from intacct_sandbox.store import Store

TEMPLATES: Final = environment(Path(__file__).parent / "templates")

Page = Visit[Developer]
DeveloperDoor = Door[Developer]


@dataclass(frozen=True, slots=True)
class Development:
    """What the pages work on. A thing of another developer is as unknown as one that does not exist."""

    store: Store
    clock: SandboxClock
    ids: SeededIds

    def find(self, subject: str) -> Developer | None:
        """Who a browser session stands for; its subject is the key of the account."""
        return developers.by_key(self.store, int(subject))

    def workspace(self, visit: Page) -> Workspace:
        """The workspace in the path.

        Raises:
            UnknownThing: The developer has none of that key.
        """
        workspace = developers.workspace_by_key(self.store, visit.number("workspace"))
        if workspace is None or workspace.developer_key != visit.who.key:
            raise UnknownThing
        return workspace

    def application(self, visit: Page) -> tuple[Workspace, Application]:
        """The application in the path, with its workspace.

        Raises:
            UnknownThing: The workspace has none of that key.
        """
        workspace = self.workspace(visit)
        application = developers.application_by_key(self.store, visit.number("application"))
        if application is None or application.workspace_key != workspace.key:
            raise UnknownThing
        return workspace, application

    def keys(self, visit: Page) -> tuple[Workspace, Application, ApiKeys]:
        """The API keys in the path, with what they belong to.

        Raises:
            UnknownThing: The application has none of that key.
        """
        workspace, application = self.application(visit)
        keys = developers.api_keys_by_key(self.store, visit.number("keys"))
        if keys is None or keys.application_key != application.key:
            raise UnknownThing
        return workspace, application, keys


def workspace_path(workspace: Workspace) -> str:
    """The address of a workspace."""
    return f"/developer/workspaces/{workspace.key}"


def application_path(workspace: Workspace, application: Application) -> str:
    """The address of Application Details."""
    return f"{workspace_path(workspace)}/apps/{application.key}"


def shell(workspace: Workspace, here: str, *trail: tuple[str, str]) -> dict[str, Any]:
    """What every page inside a workspace needs.

    Args:
        workspace: Whose left column is shown.
        here: The page, in the breadcrumb.
        trail: Labels and addresses between the workspaces and the page.
    """
    return {"workspace": workspace, "base": workspace_path(workspace), "here": here, "trail": list(trail)}
