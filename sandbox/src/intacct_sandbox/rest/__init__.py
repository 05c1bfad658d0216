"""The REST API of the sandbox: lists, records, the query service and the session ID service.

    callers          bearer token, entity header, permissions
    query_payload    a query's JSON
    reading          what is answered
    idempotency      Idempotency-Key: an answer that is given again
    answers          Sage's envelopes and errors
    routes           HTTP

What objects are and how they are queried is `objects`; tokens are `oauth2`'s. Writing is not built yet.
"""

from intacct_sandbox.rest.idempotency import SCHEMA, ConcurrentDuplicates
from intacct_sandbox.rest.routes import routes

__all__ = ["SCHEMA", "ConcurrentDuplicates", "routes"]
