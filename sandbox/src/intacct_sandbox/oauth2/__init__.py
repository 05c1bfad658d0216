"""The authorization server: tokens for Web Services users and sessions, their refusals, their end.

`grants` decides, `tokens` remembers, `bearer` checks a token on an API call, `refusals` holds the error
answers. Signing in at a browser and the authorization code are not here.
"""

from intacct_sandbox.oauth2.bearer import Access, authenticate
from intacct_sandbox.oauth2.refusals import Refusal
from intacct_sandbox.oauth2.routes import routes
from intacct_sandbox.oauth2.tokens import SCHEMA

__all__ = ["SCHEMA", "Access", "Refusal", "authenticate", "routes"]
