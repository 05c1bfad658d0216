"""The control plane under `/_sandbox`: what a test does to a sandbox that nobody can do to Sage.

    routes(*, store, clock, ids, quirks, faults, log, limits, deliveries, start) -> list[BaseRoute]

    POST   /_sandbox/reset       the fixture loaded last again, real time, no quirks, no faults, an empty
                                 request log
    POST   /_sandbox/fixture     {"name": "guide"}, {"name": "ledger", "lines": 20000}
    GET    /_sandbox/snapshots   POST {"name": "mine"} keeps all but the request log; DELETE …/mine forgets it
    POST   /_sandbox/restore     {"name": "mine"}
    GET    /_sandbox/clock       POST {"advance_seconds": 46800}, {"stop_at": "2026-01-01T00:00:00Z"} or
                                 {"reset": true}
    GET    /_sandbox/requests    ?path=/oauth2/token&since=2026-01-01T00:00:00Z; DELETE forgets them
    GET    /_sandbox/requests.jsonl  the same, a line of JSON each
    GET    /_sandbox/faults      POST {"kind": "status", "status": 503, "path": "/ia/api/v1", "count": 2};
                                 DELETE clears them, DELETE …/3 takes one back
    GET    /_sandbox/quirks      PUT or PATCH {"refresh-token-rotation": "strict"}; PUT sets the others back
    GET    /_sandbox/limits      PATCH {"company": "MyCompany", "tier": "1"}; a "custom" tier has numbers
    GET    /_sandbox/triggers    POST {"company", "object", "url", "client_id"} makes one; DELETE …/1
    GET    /_sandbox/deliveries  what they posted; POST {} sends what is due and waits until it is sent
    GET    /_sandbox/openapi.json  Sage's paths as they are served here, and these, as OpenAPI 3.1
    GET    /_sandbox/state       how much of what there is

    GET    /control              the same for people, as read-only pages: /control/requests, /faults, /quirks

Its errors are `{"error": {"code", "message", "field"}}`. None of Sage's paths is here or changed by it.
"""

from intacct_sandbox.control.plane import Start
from intacct_sandbox.control.routes import PREFIX, routes

__all__ = ["PREFIX", "Start", "routes"]
