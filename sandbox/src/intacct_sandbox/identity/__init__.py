"""Who there is: companies with their users, entities and lists, and developers with their applications.

    companies      companies, subscriptions, entities
    formats        how a company writes dates and times
    users          people and Web Services users of a company
    permissions    roles, and what a user may do
    entity_access  which entities a user may work in
    clients        authorized client applications of a company
    senders        Web Services authorizations of a company
    developers     developer accounts, workspaces, applications, API keys
    sessions       sessions of the user interface and of the API

Functions over the store, frozen values out of it; a value that can't be kept is `InvalidInput` with the name
of its field. What these identities are allowed over the wire is decided above, in `oauth2`, `rest` and
`gateway`.
"""

from typing import Final

from intacct_sandbox.identity import (
    clients,
    companies,
    developers,
    entity_access,
    formats,
    permissions,
    senders,
    sessions,
    users,
)

SCHEMA: Final = "".join(
    module.SCHEMA
    for module in (companies, formats, users, permissions, clients, senders, developers, sessions)
)

__all__ = [
    "SCHEMA",
    "clients",
    "companies",
    "developers",
    "entity_access",
    "formats",
    "permissions",
    "senders",
    "sessions",
    "users",
]
