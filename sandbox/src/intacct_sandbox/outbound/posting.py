"""One POST to an address that the policy was asked about: no proxy, no redirect, no second resolution."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx2

from intacct_sandbox.outbound.policy import AddressPolicy, Forbidden

DEADLINE_SECONDS: Final = 10.0
_PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of a post.

    Attributes:
        status: The HTTP status; None where there was no answer.
        problem: Why there was none, in a sentence; None where there was one.
        is_forbidden: Whether the policy forbids the address, so that nothing was sent.
    """

    status: int | None
    problem: str | None = None
    is_forbidden: bool = False


async def post(policy: AddressPolicy, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
    """Post a body and read the status; the answer's body is left unread."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await _post(policy, httpx2.URL(url), headers, body)
    except Forbidden as forbidden:
        return Posted(None, str(forbidden), is_forbidden=True)
    except TimeoutError:
        return Posted(None, f"There was no answer in {DEADLINE_SECONDS:.0f} seconds.")
    except (OSError, httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as failure:
        return Posted(None, f"The post failed: {str(failure) or type(failure).__name__}.")


async def _post(policy: AddressPolicy, url: httpx2.URL, headers: Mapping[str, str], body: bytes) -> Posted:
    port = url.port or _PORTS[url.scheme]
    found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    # The connection goes to the very address that was looked at; the name may lead elsewhere a moment later.
    address = policy.choose(str(one[4][0]) for one in found)
    sent = {**headers, "Host": url.netloc.decode("ascii")}
    async with (
        httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=DEADLINE_SECONDS) as client,
        client.stream(
            "POST",
            url.copy_with(host=address, port=port),
            headers=sent,
            content=body,
            extensions={"sni_hostname": url.host},
        ) as answer,
    ):
        return Posted(answer.status_code)
