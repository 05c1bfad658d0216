"""The control plane for people, under `/control`: what was asked, what goes wrong, what is switched.

Everything that can be done here is a call of the JSON control plane as well, which the pages name. A form
that another web site sends is refused, as the JSON control plane does.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from intacct_sandbox.control.limiting import TierPlane
from intacct_sandbox.control.plane import Plane
from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.faults.planned import MEANINGS
from intacct_sandbox.pages.forms import MAX_BODY_BYTES, Form, UnreadableForm
from intacct_sandbox.pages.rendering import environment, page

PREFIX: Final = "/control"
NEWEST: Final = 200

_TEMPLATES: Final = environment(Path(__file__).parent / "templates")
_SECTIONS: Final = (
    ("State", PREFIX),
    ("Requests", f"{PREFIX}/requests"),
    ("Faults", f"{PREFIX}/faults"),
    ("Quirks", f"{PREFIX}/quirks"),
)
_METHODS: Final = ("GET", "POST", "PATCH", "DELETE")
_STATUSES: Final = (("", "Any"), ("2", "2xx"), ("4", "4xx"), ("5", "5xx"))
_FILTERS: Final = ("path", "company", "method", "status")
_WHOLE_NUMBERS: Final = (
    "count",
    "for_seconds",
    "latency_ms",
    "after_bytes",
    "status",
    "retry_after_seconds",
)

Submit = Callable[[Form, Mapping[str, Any]], str]


class ControlPages:
    """The pages of one control plane."""

    def __init__(self, plane: Plane, tiers: TierPlane) -> None:
        self._plane = plane
        self._tiers = tiers

    def routes(self) -> list[BaseRoute]:
        """The routes of these pages."""
        pages = {
            "": self.state,
            "/requests": self.requests,
            "/faults": self.faults,
            "/quirks": self.quirks,
        }
        submits: dict[str, Submit] = {
            "/clock": self.move_clock,
            "/requests/forget": self.forget_requests,
            "/faults/plan": self.plan_fault,
            "/faults/clear": self.clear_faults,
            "/faults/{number:int}/removal": self.remove_fault,
            "/quirks/switch": self.switch_quirk,
            "/quirks/reset": self.reset_quirks,
        }
        return [
            *(Route(PREFIX + path, show, methods=["GET"]) for path, show in pages.items()),
            *(
                Route(PREFIX + path, self._submitting(submit), methods=["POST"])
                for path, submit in submits.items()
            ),
        ]

    # What is shown

    async def state(self, request: Request) -> Response:
        """How much of what there is, the clock, the companies, the snapshots."""
        return self._state(request, Form())

    async def requests(self, request: Request) -> Response:
        """The request log, the newest first."""
        asked = {name: request.query_params.get(name, "").strip() for name in _FILTERS}
        form = Form.of(**asked)
        found = form.attempt(lambda: self._plane.requests(asked)["requests"]) or []
        newest = [{**one, "time": _moment(one["time"])} for one in reversed(found[-NEWEST:])]
        chosen = {name: text for name, text in asked.items() if text}
        companies = [company["id"] for company in self._plane.state()["companies"]]
        return _page(
            request,
            "requests.html",
            {
                "requests": newest,
                "count": len(found),
                "form": form,
                "query": f"?{urlencode(chosen)}" if chosen else "",
                "companies": [("", "Any"), *((one, one) for one in companies)],
                "methods": [("", "Any"), *((one, one) for one in _METHODS)],
                "statuses": _STATUSES,
            },
        )

    async def faults(self, request: Request) -> Response:
        """What is planned to go wrong, and what can be."""
        return self._faults(request, Form.of(path="/ia/"))

    async def quirks(self, request: Request) -> Response:
        """Every quirk; those that are switched come first."""
        return self._quirks(request, Form())

    # What is done; each gives back the section to go to

    def move_clock(self, form: Form, _path: Mapping[str, Any]) -> str:
        """Let time pass, or go back to real time."""
        if form.text("reset"):
            self._plane.move_clock({"reset": True})
        else:
            hours = form.text("hours")
            if not (hours.isascii() and hours.isdigit() and len(hours) <= 6):
                raise InvalidInput("hours", "Enter a whole number of hours.")
            self._plane.move_clock({"advance_seconds": int(hours) * 3600})
        return ""

    def forget_requests(self, _form: Form, _path: Mapping[str, Any]) -> str:
        """Empty the request log."""
        self._plane.forget_requests()
        return "/requests"

    def plan_fault(self, form: Form, _path: Mapping[str, Any]) -> str:
        """Plan what the form says; its empty fields are not given."""
        wanted: dict[str, Any] = {
            name: form.text(name) for name in ("kind", "method", "path", "company") if form.text(name)
        }
        for name in _WHOLE_NUMBERS:
            text = form.text(name)
            if text and not (text.isascii() and text.isdigit() and len(text) <= 12):
                raise InvalidInput(name, "Enter a whole number.")
            if text:
                wanted[name] = int(text)
        self._plane.plan_fault(wanted)
        return "/faults"

    def clear_faults(self, _form: Form, _path: Mapping[str, Any]) -> str:
        """Plan nothing any more."""
        self._plane.clear_faults()
        return "/faults"

    def remove_fault(self, _form: Form, path: Mapping[str, Any]) -> str:
        """Take one back; one that is gone already is no problem here."""
        try:
            self._plane.remove_fault(path["number"])
        except UnknownThing:
            pass
        return "/faults"

    def switch_quirk(self, form: Form, _path: Mapping[str, Any]) -> str:
        """Give one quirk a value."""
        self._plane.set_quirks({form.text("name"): form.text("value")}, replace=False)
        return "/quirks"

    def reset_quirks(self, _form: Form, _path: Mapping[str, Any]) -> str:
        """All defaults again."""
        self._plane.set_quirks({}, replace=True)
        return "/quirks"

    def _submitting(self, submit: Submit) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            # A page of another site may be open in the browser of whoever runs the sandbox.
            if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
                return PlainTextResponse("Other web sites may not control the sandbox.\n", 403)
            try:
                form = Form.read(await _body(request))
            except UnreadableForm:
                return PlainTextResponse("This is no form of the sandbox's.\n", 400)
            section = form.attempt(lambda: submit(form, request.path_params))
            if section is not None:
                return RedirectResponse(PREFIX + section, 303)
            return self._again(request, form)

        return endpoint

    def _again(self, request: Request, form: Form) -> Response:
        """The page of a form that was refused, with what is wrong."""
        path = request.url.path.removeprefix(PREFIX)
        shows = {"/faults": self._faults, "/quirks": self._quirks}
        show = next((show for section, show in shows.items() if path.startswith(section)), self._state)
        return show(request, form, 422)

    def _state(self, request: Request, form: Form, status: int = 200) -> Response:
        state = self._plane.state()
        held = self._plane.snapshots()["snapshots"]
        context = {
            "state": state,
            "now": _moment(state["now"]),
            "snapshots": [{**one, "taken_at": f"{_moment(one['taken_at'])} UTC"} for one in held],
            "limits": {one["company"]: one for one in self._tiers.every()["limits"]},
            "form": form,
        }
        return _page(request, "state.html", context, status)

    def _faults(self, request: Request, form: Form, status: int = 200) -> Response:
        companies = [company["id"] for company in self._plane.state()["companies"]]
        context = {
            "faults": [{**one, "about": _about(one)} for one in self._plane.faults()["faults"]],
            "meanings": MEANINGS,
            "kinds": [(str(kind), str(kind)) for kind in MEANINGS],
            "companies": [("", "Any"), *((one, one) for one in companies)],
            "methods": [("", "Any"), *((one, one) for one in _METHODS)],
            "form": form,
        }
        return _page(request, "faults.html", context, status)

    def _quirks(self, request: Request, form: Form, status: int = 200) -> Response:
        quirks = sorted(self._plane.quirks()["quirks"], key=lambda quirk: quirk["value"] == quirk["default"])
        switched = sum(quirk["value"] != quirk["default"] for quirk in quirks)
        return _page(request, "quirks.html", {"quirks": quirks, "switched": switched, "form": form}, status)


def _page(request: Request, template: str, context: Mapping[str, Any], status: int = 200) -> Response:
    path = next(
        (path for _, path in reversed(_SECTIONS) if request.url.path.startswith(path)), request.url.path
    )
    return page(_TEMPLATES, template, status, {**context, "path": path, "sections": _SECTIONS})


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise UnreadableForm
    return bytes(body)


def _moment(text: str) -> str:
    """A moment as people read it, in UTC, to the second."""
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"


def _about(fault: Mapping[str, Any]) -> str:
    """The members of a fault beside what it is for."""
    shown = ("latency_ms", "after_bytes", "status", "retry_after_seconds")
    told = [f"{name} {fault[name]}" for name in shown if name in fault]
    if "ends_at" in fault:
        told.append(f"until {_moment(fault['ends_at'])} UTC")
    return ", ".join(told)
