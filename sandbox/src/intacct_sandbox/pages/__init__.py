"""What the sandbox's web pages share, and the landing page. The consoles themselves: `console`, `admin`.

    SCHEMA                         the table of browser sessions, for `Store.create`
    routes(*, store) -> list[BaseRoute]
                                   `/` (landing page) and `/static/…`
    Reaching                       middleware: whether the pages say that webhooks may leave the machine
    not_found(request) -> Response a 404 page in the look of the sandbox, for paths that nobody serves

A `Door` is one signed-in area: its cookie, its sign-in page, its CSRF tokens. Pages need no script to work;
every form is posted, and every success is a redirect. All pages say that this is an emulator and not Sage's
service.
"""

from intacct_sandbox.pages.browser_sessions import SCHEMA
from intacct_sandbox.pages.reaching import Reaching
from intacct_sandbox.pages.routes import not_found, routes

__all__ = ["SCHEMA", "Reaching", "not_found", "routes"]
