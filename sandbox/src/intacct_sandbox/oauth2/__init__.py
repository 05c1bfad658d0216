"""The authorization server: tokens for Web Services users, sessions and authorization codes, their refusals,
their end.

`grants` decides, `tokens` and `codes` remember, `bearer` checks a token on an API call, `refusals` holds the
error answers. Asking a person in a browser is `consent`'s affair.
"""

from typing import Final

from intacct_sandbox.oauth2 import codes, tokens
from intacct_sandbox.oauth2.bearer import Access, authenticate
from intacct_sandbox.oauth2.refusals import Refusal
from intacct_sandbox.oauth2.routes import routes

SCHEMA: Final = tokens.SCHEMA + codes.SCHEMA

__all__ = ["SCHEMA", "Access", "Refusal", "authenticate", "routes"]
