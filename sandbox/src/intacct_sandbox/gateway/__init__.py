"""The XML gateway, as far as sessions go: `getAPISession`, and an honest refusal of every other function.

`reading` makes a value of the bytes, `operation` decides, `answers` writes Sage's XML. Errors stand where
Sage puts them: beside the control block, in the operation, or in a function's result.
"""

from intacct_sandbox.gateway.routes import routes

__all__ = ["routes"]
