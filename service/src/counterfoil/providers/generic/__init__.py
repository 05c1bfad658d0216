"""Providers for any API: an operator sets its addresses on the integration.

    api_key              `generic-api-key`              a key in a header
    basic                `generic-basic`                HTTP Basic
    client_credentials   `generic-client-credentials`   OAuth 2.0, grant client_credentials
    oauth2               `generic-oauth2`               OAuth 2.0, grant authorization_code
    unauthenticated      `generic-unauthenticated`      no credentials
    fields               the settings they share
    webhooks             what they take in when it is signed with a shared secret

They know nothing of the API behind them: what its errors mean is said in general terms. An API that is worth
more has a provider of its own.
"""

from counterfoil.providers.generic import api_key, basic, client_credentials, oauth2, unauthenticated

__all__ = ["api_key", "basic", "client_credentials", "oauth2", "unauthenticated"]
