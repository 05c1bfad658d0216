"""The files of the Connect page, held in memory, compressed once, addressed by a digest of them all.

The digest is part of their address, so browsers may keep them for ever and a new release is never mixed with
an old one: modules import one another by relative path, inside the same address.
"""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, Self

_MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "md": "text/plain; charset=utf-8",
}
_DIGEST_LENGTH: Final = 16
# Of pages on other sites, and of the page that ends a redirection.
_OF_OTHER_PAGES: Final = frozenset({"embed.js", "returned.js"})


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, the same compressed with gzip, and what they are."""

    content: bytes
    compressed: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All files by their path below `static/`, such as `vendor/pico.min.css`."""

    by_path: Mapping[str, Asset]
    digest: str

    @classmethod
    def load(cls) -> Self:
        """Read what the package brings."""
        found = dict(sorted(_walk(files(__package__) / "static")))
        digest = hashlib.sha256()
        for path, content in found.items():
            digest.update(f"{path} {len(content)} ".encode() + content)
        by_path = {path: _asset(path, content) for path, content in found.items()}
        return cls(by_path, digest.hexdigest()[:_DIGEST_LENGTH])

    def modules(self) -> list[str]:
        """The script modules of the page, without those of other pages."""
        return [path for path in self.by_path if path.endswith(".js") and path not in _OF_OTHER_PAGES]


def _walk(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.rpartition(".")[2] in _MEDIA_TYPES:
            yield prefix + entry.name, entry.read_bytes()


def _asset(path: str, content: bytes) -> Asset:
    # A fixed time in the gzip header: the same file gives the same bytes on every node.
    return Asset(content, gzip.compress(content, 9, mtime=0), _MEDIA_TYPES[path.rpartition(".")[2]])
