"""A door: one signed-in area of pages with its own cookie, its sign-in page and its CSRF tokens.

A feature hands in plain functions from a `Visit` to a response. Who may sign in, and what they may do behind
the door, is the feature's to say.
"""

import hmac
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from intacct_sandbox.errors import UnknownThing
from intacct_sandbox.pages.browser_sessions import BrowserSession, BrowserSessions, Notice
from intacct_sandbox.pages.forms import MAX_BODY_BYTES, Form, UnreadableForm
from intacct_sandbox.pages.rendering import page

S = TypeVar("S")
W = TypeVar("W")

CSRF_FIELD: Final = "csrf"


class Visit(Generic[W]):
    """One request at a door: who it is, what was submitted, and the ways to answer.

    Attributes:
        who: The signed-in subject; behind `Door.inside` there always is one.
        form: What was submitted; empty for a GET.
    """

    def __init__(
        self, door: "Door[Any]", request: Request, session: BrowserSession, who: W, form: Form
    ) -> None:
        self.door = door
        self.request = request
        self.session = session
        self.who = who
        self.form = form

    def number(self, name: str) -> int:
        """A number in the path."""
        value: int = self.request.path_params[name]
        return value

    def show(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """A page. A notice left by the page before is shown here and then gone."""
        context.setdefault("form", self.form)
        context |= {
            "csrf": self.session.csrf,
            "door": self.door,
            "notice": self.door.sessions.take(self.session),
            "path": self.request.url.path,
            "who": self.who,
        }
        return page(self.door.templates, template, status, context)

    def again(self, template: str, **context: Any) -> Response:
        """The same form once more, with what was typed and what is wrong with it."""
        return self.show(template, status=422, **context)

    def go(self, path: str, notice: Notice | str | None = None) -> Response:
        """A redirect to another page, which says the notice."""
        if notice is not None:
            self.door.sessions.leave(self.session, Notice(notice) if isinstance(notice, str) else notice)
        return RedirectResponse(path, 303)

    def admit(self, subject: str) -> None:
        """Sign in: a new session, so that nobody can have prepared this one."""
        self.door.sessions.end(self.session)
        self.session = self.door.sessions.begin(self.door.name, subject)

    def dismiss(self) -> None:
        """Sign out; what is left is a visitor."""
        self.door.sessions.end(self.session)
        self.session = self.door.sessions.begin(self.door.name)


Handler = Callable[[Visit[W]], Response]


class Door(Generic[S]):
    """One area.

    Args:
        name: In the cookie's name and in the browser sessions: `developer`.
        title: On its pages.
        templates: The feature's.
        sessions: All browser sessions.
        find_subject: Who a session's subject is today; None where they are gone or their time is over.
    """

    def __init__(
        self,
        *,
        name: str,
        title: str,
        templates: Environment,
        sessions: BrowserSessions,
        find_subject: Callable[[str], S | None],
    ) -> None:
        self.name = name
        self.title = title
        self.prefix = f"/{name}"
        self.sign_in_path = f"/{name}/sign-in"
        self.templates = templates
        self.sessions = sessions
        self._find_subject = find_subject

    def anyone(
        self, path: str, show: Handler[S | None] | None, submit: Handler[S | None] | None = None
    ) -> Route:
        """A page for visitors and signed-in people alike; `path` is below the door's prefix."""

        async def endpoint(request: Request) -> Response:
            session = self._session(request)
            who = self._find_subject(session.subject) if session.subject is not None else None
            return await self._answer(request, session, who, show, submit)

        return self._route(path, endpoint, show is not None, submit is not None)

    def inside(self, path: str, show: Handler[S] | None, submit: Handler[S] | None = None) -> Route:
        """A page for signed-in people; others are sent to the sign-in page and come back afterwards."""

        async def endpoint(request: Request) -> Response:
            session = self._session(request)
            who = self._find_subject(session.subject) if session.subject is not None else None
            if who is None:
                return self._to_sign_in(request, session)
            return await self._answer(request, session, who, show, submit)

        return self._route(path, endpoint, show is not None, submit is not None)

    def nothing_else(self) -> Route:
        """The 404 page of all paths of this door that are not served; the last of its routes."""

        def missing(_visit: Visit[S | None]) -> Response:
            raise UnknownThing

        return self.anyone("/{rest:path}", missing, missing)

    def destination(self, wanted: str) -> str:
        """Where to go after signing in: the page that was asked for if it is one of ours, else the first."""
        is_ours = wanted.startswith(f"{self.prefix}/") and "\\" not in wanted and wanted.isprintable()
        return wanted if is_ours and "//" not in wanted else self.prefix

    def _route(
        self, path: str, endpoint: Callable[[Request], Any], can_show: bool, can_submit: bool
    ) -> Route:
        methods = [method for method, has in (("GET", can_show), ("POST", can_submit)) if has]
        return Route(self.prefix + path, endpoint, methods=methods)

    async def _answer(
        self,
        request: Request,
        session: BrowserSession,
        who: W,
        show: Handler[W] | None,
        submit: Handler[W] | None,
    ) -> Response:
        visit = Visit(self, request, session, who, Form())
        response = await self._handled(visit, show, submit)
        self._set_cookie(request, visit.session, response)
        return response

    async def _handled(self, visit: Visit[W], show: Handler[W] | None, submit: Handler[W] | None) -> Response:
        handler = show
        if visit.request.method == "POST":
            refusal = await self._read_form(visit)
            if refusal is not None:
                return refusal
            handler = submit
        if handler is None:
            raise UnknownThing
        try:
            return handler(visit)
        except UnknownThing:
            return visit.show("problem.html", status=404, problem=NOT_FOUND, back=self.prefix)

    async def _read_form(self, visit: Visit[W]) -> Response | None:
        try:
            visit.form = Form.read(await _body(visit.request))
        except UnreadableForm:
            return visit.show("problem.html", status=400, problem=UNREADABLE, back=self.prefix)
        if not hmac.compare_digest(visit.form.raw(CSRF_FIELD).encode(), visit.session.csrf.encode()):
            return visit.show("problem.html", status=403, problem=OUT_OF_DATE, back=self.prefix)
        return None

    def _to_sign_in(self, request: Request, session: BrowserSession) -> Response:
        had_signed_in = session.subject is not None
        if had_signed_in:
            self.sessions.end(session)
            session = self.sessions.begin(self.name)
            self.sessions.leave(session, Notice("Your session has ended. Sign in again.", "warning"))
        wanted = request.url.path if request.method == "GET" else self.prefix
        query = "" if wanted == self.prefix else f"?next={quote(wanted)}"
        response = RedirectResponse(self.sign_in_path + query, 303)
        self._set_cookie(request, session, response)
        return response

    def _session(self, request: Request) -> BrowserSession:
        token = request.cookies.get(self._cookie(request), "")
        return self.sessions.find(self.name, token) or self.sessions.begin(self.name)

    def _cookie(self, request: Request) -> str:
        # Browsers share cookies between the ports of a host, and several sandboxes may run on one.
        return f"intacct_sandbox_{self.name}_{request.url.port or 'default'}"

    def _set_cookie(self, request: Request, session: BrowserSession, response: Response) -> None:
        if request.cookies.get(self._cookie(request)) == session.token:
            return
        response.set_cookie(
            self._cookie(request),
            session.token,
            path=self.prefix,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )


async def _body(request: Request) -> bytes:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise UnreadableForm
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise UnreadableForm
    return bytes(body)


NOT_FOUND: Final = (
    "Page not found",
    "There is nothing at this address. It may have been deleted, or the sandbox was reset.",
)
OUT_OF_DATE: Final = (
    "This form is out of date",
    "Your session ended or the sandbox was reset in the meantime, so nothing was changed. Repeat the step.",
)
UNREADABLE: Final = (
    "This form could not be read",
    "It is not one that a page of the sandbox sends, so nothing was changed.",
)
