"""The REST API of the sandbox: objects, workflows and services.

    callers          bearer token, entity header, permissions
    query_payload    a query's JSON
    reading          what is answered; `writing` what is changed, `batches` many at once
    idempotency      Idempotency-Key: an answer that is given again
    modelling        the model service
    composite        requests that build on each other; `inner_requests` answers them
    jobs             work that is done later: `asynchronous`, `bulk`; `deliveries` tells of it
    printing         invoices as PDF
    answers          Sage's envelopes and errors
    routes           HTTP

What objects are and how they are queried is `objects`; tokens are `oauth2`'s.
"""

from intacct_sandbox.rest import idempotency, jobs, printing
from intacct_sandbox.rest.deliveries import Worker
from intacct_sandbox.rest.idempotency import ConcurrentDuplicates
from intacct_sandbox.rest.routes import routes

SCHEMA = f"{idempotency.SCHEMA}\n{jobs.SCHEMA}\n{printing.SCHEMA}"

__all__ = ["SCHEMA", "ConcurrentDuplicates", "Worker", "routes"]
