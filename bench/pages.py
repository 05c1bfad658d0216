"""What a browser loads to show the Connect page, in bytes on the wire. It renders nothing."""

import re
from typing import Final
from urllib.parse import urljoin
from urllib.request import Request, urlopen

_FILE: Final = re.compile(r'(?:href|src)="([^"#]*static/connect/[^"#]+)"')


def connect_page_bytes(service_url: str) -> int:
    """The document and every file that it names, compressed as they are sent.

    Args:
        service_url: The service's address.
    """
    address = f"{service_url}/connect/"
    files = {urljoin(address, found) for found in _FILE.findall(_text(address))}
    return _size_bytes(address) + sum(_size_bytes(one) for one in sorted(files))


def embed_bytes(service_url: str) -> int:
    """`embed.js`, compressed as it is sent."""
    return _size_bytes(f"{service_url}/embed.js")


def _text(url: str) -> str:
    with urlopen(Request(url), timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def _size_bytes(url: str) -> int:
    with urlopen(Request(url, headers={"Accept-Encoding": "gzip"}), timeout=10) as answer:
        return len(answer.read())
