"""A certificate for Sage's host names, from an authority that exists for one run and signs nothing else.

The authority's key is never written down, so whoever trusts the file trusts that run only.
"""

import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import trustme

_AUTHORITY_FILE: Final = "intacct-sandbox-ca.pem"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a front is.

    Attributes:
        context: For the server's side of TLS.
        authority: The file that a client has to trust, PEM.
    """

    context: ssl.SSLContext
    authority: Path


def make_identity(names: Sequence[str], directory: Path) -> Identity:
    """A new authority and a certificate of it.

    Args:
        names: Host names, `*.intacct.com` among them.
        directory: Where the file of the authority is written; made if it is not there.

    Raises:
        OSError: The file can't be written.
    """
    authority = trustme.CA(organization_name="intacct-sandbox, for tests only")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / _AUTHORITY_FILE
    # Replaced as a whole: a client may be reading the one of the run before.
    draft = path.with_suffix(".new")
    draft.write_bytes(authority.cert_pem.bytes())
    os.replace(draft, path)
    return Identity(context, path.resolve())
