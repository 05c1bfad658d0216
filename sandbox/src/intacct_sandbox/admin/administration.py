"""Who is behind the company door, what its pages need, and the wall between users and administrators."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from starlette.responses import Response

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.identity import companies, sessions, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.sessions import Session
from intacct_sandbox.identity.users import User
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.pages.doors import Door, Handler, Visit
from intacct_sandbox.pages.rendering import environment
from intacct_sandbox.store import Store

TEMPLATES: Final = environment(Path(__file__).parent / "templates")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user at the pages of their company, with the session of the user interface."""

    company: Company
    user: User
    session: Session

    @property
    def may_administer(self) -> bool:
        """Whether the user has administrator privileges, limited or full."""
        return self.user.admin_privileges != "off"


Page = Visit[SignedIn]


@dataclass(frozen=True, slots=True)
class Administration:
    """What the pages work on."""

    store: Store
    clock: SandboxClock
    ids: SeededIds

    def find(self, session_id: str) -> SignedIn | None:
        """Who a browser session stands for.

        Its subject is Sage's session ID: when that ends, so does the visit.
        """
        session = sessions.find(self.store, self.clock, session_id)
        if session is None:
            return None
        company = companies.by_key(self.store, session.company_key)
        user = users.by_key(self.store, session.user_key)
        if company is None or user is None or user.status != "active":
            return None
        return SignedIn(company, user, sessions.touch(self.store, self.clock, session))


def administrators(handler: Callable[[Page], Response]) -> Handler[SignedIn]:
    """The handler for administrators; everybody else is told that they are not one."""

    def guarded(visit: Page) -> Response:
        if not visit.who.may_administer:
            return visit.show("forbidden.html", status=403)
        return handler(visit)

    return guarded


def in_words(duration: timedelta) -> str:
    """`6 hours`, `1 hour 30 minutes`."""
    minutes = int(duration.total_seconds()) // 60
    parts = [(minutes // 60, "hour"), (minutes % 60, "minute")]
    return (
        " ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in parts if count) or "seconds"
    )


CompanyDoor = Door[SignedIn]
