"""Authorization in a browser: an application sends a person here, who signs in to a company and allows or
denies it.

    routes(*, store, clock, ids) -> list[BaseRoute]
                                   `/ia/api/v1/oauth2/authorize`, and the pages under `/authorize`

What the application asks for travels in the address, never in the session. If the person is an administrator,
allowing also lists the application as authorized in the company; otherwise an administrator must have done so
before (`sage-intacct-rest.md` §1.3). Codes and tokens are `oauth2`'s.
"""

from intacct_sandbox.consent.pages import routes

__all__ = ["routes"]
