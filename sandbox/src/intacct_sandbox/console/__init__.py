"""The developer console: accounts, workspaces, applications and their API keys, as pages under `/developer`.

    routes(*, store, clock, ids) -> list[BaseRoute]

The path of the guide, each a click on something of exactly that name: View workspaces, Add workspace, Apps,
Add application, Create, the application's name, Create API keys, Create. Values to copy stand in read-only
fields labelled `Client ID` and `Client Secret`. What a company lets in is not here but in `admin`.
"""

from intacct_sandbox.console.routes import routes

__all__ = ["routes"]
