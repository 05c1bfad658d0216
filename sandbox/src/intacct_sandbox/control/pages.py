"""The control plane for people, under `/control`: what was asked, what goes wrong, what is switched.

Nothing can be changed here; that is the JSON control plane's, whose calls the pages name.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from intacct_sandbox.control.plane import Plane
from intacct_sandbox.faults.planned import MEANINGS
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


class ControlPages:
    """The pages of one control plane."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    def routes(self) -> list[BaseRoute]:
        """The routes of these pages."""
        pages = {
            "": self.state,
            "/requests": self.requests,
            "/faults": self.faults,
            "/quirks": self.quirks,
        }
        return [Route(PREFIX + path, show, methods=["GET"]) for path, show in pages.items()]

    async def state(self, request: Request) -> Response:
        """How much of what there is, the clock, the snapshots."""
        state = self._plane.state()
        held = self._plane.snapshots()["snapshots"]
        snapshots = [{**one, "taken_at": f"{_moment(one['taken_at'])} UTC"} for one in held]
        return _page(
            request, "state.html", {"state": state, "now": _moment(state["now"]), "snapshots": snapshots}
        )

    async def requests(self, request: Request) -> Response:
        """The request log, the newest first."""
        path = request.query_params.get("path", "")
        found = self._plane.requests(path=path, since=None)["requests"]
        newest = [{**one, "time": _moment(one["time"])} for one in reversed(found[-NEWEST:])]
        return _page(request, "requests.html", {"requests": newest, "count": len(found), "filter": path})

    async def faults(self, request: Request) -> Response:
        """What is planned to go wrong, and what can be."""
        planned = [{**one, "about": _about(one)} for one in self._plane.faults()["faults"]]
        return _page(request, "faults.html", {"faults": planned, "meanings": MEANINGS})

    async def quirks(self, request: Request) -> Response:
        """Every quirk; those that are switched come first."""
        quirks = sorted(self._plane.quirks()["quirks"], key=lambda quirk: quirk["value"] == quirk["default"])
        switched = sum(quirk["value"] != quirk["default"] for quirk in quirks)
        return _page(request, "quirks.html", {"quirks": quirks, "switched": switched})


def _page(request: Request, template: str, context: Mapping[str, Any]) -> Response:
    return page(_TEMPLATES, template, 200, {**context, "path": request.url.path, "sections": _SECTIONS})


def _moment(text: str) -> str:
    """A moment as people read it, in UTC, to the second."""
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"


def _about(fault: Mapping[str, Any]) -> str:
    """The members of a fault beside what it is for."""
    shown = ("latency_ms", "after_bytes", "status", "retry_after_seconds", "ends_at")
    return ", ".join(f"{name} {fault[name]}" for name in shown if name in fault)
