"""A sandbox and the front before it, as real processes: `api.intacct.com` for whoever uses the front's proxy
and trusts its certificate. What is in the variables is all that a client needs to be told.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from e2e import processes
from e2e.processes import Running


@dataclass(frozen=True, slots=True)
class Fronted:
    """A sandbox with the fixture `guide` behind a front.

    Attributes:
        sandbox: The sandbox itself, for its control plane.
        front: The proxy.
        authority: The certificate to trust.
    """

    sandbox: Running
    front: Running
    authority: Path

    def variables(self) -> dict[str, str]:
        """The environment of a client, of whatever language."""
        return {
            "HTTPS_PROXY": self.front.url,
            # A proxy for everything else, or for nothing, must not be in the way.
            "https_proxy": self.front.url,
            "NO_PROXY": "",
            "no_proxy": "",
            "REQUESTS_CA_BUNDLE": str(self.authority),
            "NODE_EXTRA_CA_CERTS": str(self.authority),
            "NODE_USE_ENV_PROXY": "1",
        }


@contextmanager
def fronted(directory: Path) -> Iterator[Fronted]:
    """Start both; the certificate is in the directory."""
    with processes.sandbox(directory) as sandbox:
        command = ["intacct-sandbox", "front", "--directory", str(directory), "--sandbox", sandbox.url]
        with processes.running(
            [*command, "--port", "0", "--json"], environment={}, log=directory / "front.log"
        ) as front:
            yield Fronted(sandbox, front, directory / "intacct-sandbox-ca.pem")
