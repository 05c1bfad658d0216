"""The XML gateway: sessions, and business objects by the XML API's names.

`reading` makes a value of the bytes, `operation` decides who may come in, `functions` carries out, `answers`
writes Sage's XML. `legacy` holds the names, `conditions` what `querytext`, `querying` and `listing` read,
`writing` turns elements into records, `notation` writes dates as the company does; `older` and `attachments`
are the functions of API 2.1. Errors stand where Sage puts them: beside the control block, in the operation,
or in a function's result. `readReport` and asynchronous policies are refused, and formats other than XML but
for `query`.
"""

from intacct_sandbox.gateway.repeats import SCHEMA
from intacct_sandbox.gateway.routes import routes

__all__ = ["SCHEMA", "routes"]
