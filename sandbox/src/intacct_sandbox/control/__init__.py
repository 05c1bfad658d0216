"""The control plane under `/_sandbox`: what a test does to a sandbox that nobody can do to Sage.

    routes(*, store, clock, ids, quirks, log) -> list[BaseRoute]

    POST   /_sandbox/reset       the fixture loaded last again, real time, no quirks, an empty request log
    POST   /_sandbox/fixture     {"name": "guide"}
    GET    /_sandbox/clock       POST {"advance_seconds": 46800}, {"stop_at": "2026-01-01T00:00:00Z"} or
                                 {"reset": true}
    GET    /_sandbox/requests    ?path=/oauth2/token&since=2026-01-01T00:00:00Z; DELETE forgets them
    GET    /_sandbox/quirks      PUT or PATCH {"refresh-token-rotation": "strict"}; PUT sets the others back
    GET    /_sandbox/state       how much of what there is

Its errors are `{"error": {"code", "message", "field"}}`. None of Sage's paths is here or changed by it.
"""

from intacct_sandbox.control.routes import PREFIX, routes

__all__ = ["PREFIX", "routes"]
