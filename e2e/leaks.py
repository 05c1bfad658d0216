"""Looks for planted secrets in everything a run left behind, in every form a program may have given them.

A scanner only: it does not know the programs. Its own test plants leaks and sees that they are found.
"""

import base64
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

# Below this length a form is too short to be told from chance.
_SHORTEST_FORM_BYTES = 8


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret that was found.

    Attributes:
        secret: The name it was planted under, never its text.
        form: How it was written down.
        place: The file, answer or process it was found in.
    """

    secret: str
    form: str
    place: str


def forms(secret: str) -> dict[str, bytes]:
    """The ways a secret may be written down: as is, escaped, encoded at any base64 offset, or in UTF-16."""
    raw = secret.encode()
    found = {
        "raw": raw,
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "url": quote(secret, safe="").encode(),
        "form": quote_plus(secret).encode(),
        "json": json.dumps(secret)[1:-1].encode(),
        "utf-16-le": secret.encode("utf-16-le"),
        "utf-16-be": secret.encode("utf-16-be"),
    }
    for offset in range(3):
        # The characters at either end also depend on what stands beside the secret, so they are left out.
        encoded = base64.b64encode(b"\0" * offset + raw)
        core = encoded[(offset * 8 + 5) // 6 : len(encoded) - 4]
        found[f"base64+{offset}"] = core
        found[f"base64url+{offset}"] = core.replace(b"+", b"-").replace(b"/", b"_")
    return {form: text for form, text in found.items() if len(text) >= _SHORTEST_FORM_BYTES}


def scan_bytes(secrets: Mapping[str, str], content: bytes, place: str) -> Iterator[Leak]:
    """Every form of every secret in `content`, and in what it unpacks to when it is compressed."""
    for layer in (content, *_unpacked(content)):
        for name, secret in secrets.items():
            for form, text in forms(secret).items():
                if text in layer:
                    yield Leak(name, form, place)


def scan_files(secrets: Mapping[str, str], roots: Iterable[Path]) -> Iterator[Leak]:
    """Every secret in every file below the roots; a root may be a file."""
    for root in roots:
        paths = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
        for path in paths:
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue  # A server may remove a file of its own while it is looked at.
            yield from scan_bytes(secrets, content, str(path))


def _unpacked(content: bytes) -> Iterator[bytes]:
    if content[:2] != b"\x1f\x8b":
        return
    try:
        yield gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return
