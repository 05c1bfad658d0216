"""Providers: the external systems a connection can be made to, and how each authenticates.

    Provider      one of them, a value: names, auth mode, options, proxy base URL, an operator's settings
    Calling       how a connection's calls differ from another's
    Configured    what such settings make of options and base URL
    Received      a provider's webhook; `Believed` or `Doubted` says whose it is
    Envelope      how calls carry credentials in their body, where they don't in a header
    Catalogue     all of them by id
    catalogue     the catalogue for given origins; pure but for reading which packages are installed
    definition    a provider in the wire's form, for GET /providers

A provider is one module, or a package where several share one vendor. Its quirks are options and small
functions in that module. Our own are the tuple in `catalogue`; others come from installed packages
(`installed`).
"""

from collections.abc import Iterable

from counterfoil.outbound import AddressPolicy
from counterfoil.providers import (
    freshbooks,
    generic,
    microsoft_business_central,
    netsuite,
    quickbooks,
    sage_intacct,
    xero,
)
from counterfoil.providers.definition import definition
from counterfoil.providers.installed import ProviderUnusable, installed
from counterfoil.providers.provider import (
    Believed,
    Calling,
    Catalogue,
    Configured,
    Doubted,
    DuplicateProvider,
    Envelope,
    Provider,
    Received,
    UnknownProvider,
    Verdict,
)
from counterfoil.providers.settings import missing_settings, setting_error


def catalogue(
    sage_intacct_origin: str,
    address_policy: AddressPolicy | None = None,
    others: Iterable[Provider] | None = None,
) -> Catalogue:
    """Every provider.

    Args:
        sage_intacct_origin: Scheme and host of Sage Intacct's API, `https://api.intacct.com`; a sandbox's
            where one is used.
        address_policy: Which addresses an integration's settings may name; the public ones by default.
        others: Providers besides our own; None for those of installed packages.

    Raises:
        DuplicateProvider: Two have one id.
        ProviderUnusable: An installed package's can't be used.
    """
    origin, policy = sage_intacct_origin.rstrip("/"), address_policy or AddressPolicy()
    ours = (
        freshbooks.provider(),
        generic.api_key.provider(),
        generic.basic.provider(),
        generic.client_credentials.provider(),
        generic.oauth2.provider(),
        generic.unauthenticated.provider(),
        microsoft_business_central.provider(),
        netsuite.provider(),
        quickbooks.provider(),
        sage_intacct.authorization_code.provider(origin),
        sage_intacct.client_credentials.provider(origin),
        sage_intacct.xml_gateway.provider(origin, policy),
        xero.provider(),
    )
    return Catalogue((*ours, *(installed() if others is None else others)), policy)


__all__ = [
    "Believed",
    "Calling",
    "Catalogue",
    "Configured",
    "Doubted",
    "DuplicateProvider",
    "Envelope",
    "Provider",
    "ProviderUnusable",
    "Received",
    "UnknownProvider",
    "Verdict",
    "catalogue",
    "definition",
    "missing_settings",
    "setting_error",
]
