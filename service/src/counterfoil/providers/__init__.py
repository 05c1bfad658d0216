"""Providers: the external systems a connection can be made to, and how each authenticates.

    Provider      one of them, a value: names, auth mode, options, proxy base URL
    Catalogue     all of them by id
    catalogue     the catalogue for given origins; pure
    definition    a provider in the wire's form, for GET /providers

A provider is one module, or a package where several share one vendor. Its quirks are options and small
functions in that module. Nothing is scanned for: the tuple in `catalogue` is the list.
"""

from counterfoil.providers import sage_intacct
from counterfoil.providers.definition import definition
from counterfoil.providers.provider import Catalogue, Provider, UnknownProvider


def catalogue(sage_intacct_origin: str) -> Catalogue:
    """Every provider.

    Args:
        sage_intacct_origin: Scheme and host of Sage Intacct's API, `https://api.intacct.com`; a sandbox's
        where
            one is used.
    """
    return Catalogue((sage_intacct.client_credentials.provider(sage_intacct_origin.rstrip("/")),))


__all__ = ["Catalogue", "Provider", "UnknownProvider", "catalogue", "definition"]
