"""Company administration, as pages under `/company`.

    routes(*, store, clock, ids) -> list[BaseRoute]

The paths of the guide, each a click on something of exactly that name, from any page of a signed-in
administrator:

    Company → Admin → Web Services Users → Add        also Roles, Subscriptions, API Usage
    Company → Setup → Company                         read-only field `Company ID`; also Entities, Triggers
    … → Edit → Security → Authorized Client Applications → Add
    … → Edit → Security → Web Services Authorizations → Add
    Company → Data → an object → a record             what is in the company, read-only

The user menu leads to My Session, where the read-only field `Session ID` stands. Registering a client
application is not here but in `console`.
"""

from intacct_sandbox.admin.routes import routes

__all__ = ["routes"]
