"""Who may call what: every route of the API with what it asks of its caller, written down by hand.

The matrix in `test_authorization` fails when a route is missing here, so that nobody adds one without saying
who may call it.
"""

from dataclasses import dataclass
from enum import Enum


class Door(Enum):
    """What a route asks for, other than an API key's scope."""

    OPEN = "nothing"
    SESSION = "a connect session's token as bearer"
    BROWSER = "a connect session's token in the query, or the error of the wire protocol"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation.

    Attributes:
        method: Upper case.
        path: As the OpenAPI document has it.
        needs: A door, or the scope of an API key.
        session_too: A connect session's token opens it as well.
    """

    method: str
    path: str
    needs: Door | str
    session_too: bool = False

    @property
    def is_account(self) -> bool:
        """Whether only a key with account scopes may call it."""
        return isinstance(self.needs, str) and self.needs.startswith("account:")

    def target(self) -> str:
        """The path with something in every gap."""
        path = self.path
        for name in ("endpoint_id", "delivery_id", "environment_id"):
            path = path.replace(f"{{{name}}}", "4711")
        while "{" in path:
            before, _, rest = path.partition("{")
            path = f"{before}nothing{rest.partition('}')[2]}"
        return path


_TABLE = """
GET    /health                                            open
GET    /ready                                             open
GET    /metrics                                           open
POST   /connect/telemetry                                 open
GET    /connect/session                                   session
DELETE /connect/session                                   session
GET    /connect/integrations                              session
POST   /connect/username-reading                          session
POST   /connect/submission                                session
POST   /connect/redirection                               session
POST   /connect/redirection/outcome                       session
POST   /auth/two-step/{integration_key}                   browser
POST   /api-auth/api-key/{integration_key}                browser
POST   /api-auth/basic/{integration_key}                  browser
POST   /oauth2/auth/{integration_key}                     browser
POST   /auth/unauthenticated/{integration_key}            browser
POST   /webhook/{environment_uuid}/{unique_key}           open
GET    /integrations                                      environment:integrations:list +session
POST   /integrations                                      environment:integrations:create
GET    /integrations/{unique_key}                         environment:integrations:read
PATCH  /integrations/{unique_key}                         environment:integrations:update
DELETE /integrations/{unique_key}                         environment:integrations:delete
GET    /config/{unique_key}                               environment:integrations:read
GET    /providers                                         environment:providers:read +session
GET    /providers/{provider}                              environment:providers:read +session
GET    /providers/{provider}/templates                    environment:providers:read
GET    /connections                                       environment:connections:list
POST   /connections                                       environment:connections:create
GET    /connections/{connection_id}                       environment:connections:read
PATCH  /connections/{connection_id}                       environment:connections:update
DELETE /connections/{connection_id}                       environment:connections:delete
POST   /connections/metadata                              environment:connections:update
PATCH  /connections/metadata                              environment:connections:update
POST   /connection/{connection_id}/metadata               environment:connections:update
PATCH  /connection/{connection_id}/metadata               environment:connections:update
POST   /connect/sessions                                  environment:connect_sessions:write
POST   /connect/sessions/reconnect                        environment:connect_sessions:write
GET    /environment/webhooks                              environment:webhooks:read
PATCH  /environment/webhooks                              environment:webhooks:update
POST   /environment/webhooks/endpoints/{endpoint_id}/activate  environment:webhooks:update
GET    /environment/webhooks/signing-keys                 environment:webhooks:read_credentials
POST   /environment/webhooks/signing-keys/rotate          environment:webhook_signing_key:rotate
POST   /environment/webhooks/signing-keys/finish          environment:webhook_signing_key:rotate
POST   /environment/webhook-signing-key/rotate            environment:webhook_signing_key:rotate
GET    /environment/webhooks/deliveries                   environment:webhooks:read
GET    /environment/webhooks/deliveries/{delivery_id}     environment:webhooks:read
POST   /environment/webhooks/deliveries/{delivery_id}/replay  environment:webhooks:replay
POST   /environment/webhooks/replay                       environment:webhooks:replay
POST   /environments                                      account:environments:create
DELETE /environments/{environment_id}                     account:environments:delete
POST   /environment/api-keys                              account:environments:api_keys:create
DELETE /environment/api-keys                              account:environments:api_keys:delete
GET    /environment-variables                             environment:variables:read
GET    /scripts/config                                    environment:integrations:list_functions
POST   /integrations/quickstart                           environment:integrations:create
GET    /integrations/{unique_key}/functions               environment:functions:list
GET    /integrations/{unique_key}/functions/{name}        environment:functions:read
DELETE /integrations/{unique_key}/functions/{name}        environment:functions:delete
GET    /integrations/{unique_key}/functions/{name}/code   environment:functions:read
GET    /records                                           environment:records:read
PATCH  /records/prune                                     environment:records:write
POST   /sync/trigger                                      environment:syncs:execute
POST   /sync/start                                        environment:syncs:execute
POST   /sync/pause                                        environment:syncs:execute
POST   /sync/{name}/variant/{variant}                     environment:syncs:variant:create
DELETE /sync/{name}/variant/{variant}                     environment:syncs:variant:delete
GET    /sync/status                                       environment:syncs:read
PUT    /sync/update-connection-frequency                  environment:syncs:update
POST   /action/trigger                                    environment:actions:execute
GET    /action/{action_id}                                environment:actions:execute
"""

_DOORS = {"open": Door.OPEN, "session": Door.SESSION, "browser": Door.BROWSER}


def _read(line: str) -> Route:
    method, path, needs, *more = line.split()
    return Route(method, path, _DOORS.get(needs, needs), session_too="+session" in more)


ROUTES = tuple(_read(line) for line in _TABLE.splitlines() if line)

# What passes a request on to a provider is in front of the framework, so not in its document.
PROXY = tuple(
    Route(method, path, "environment:proxy")
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    for path in ("/proxy", "/proxy/v1/x")
)
