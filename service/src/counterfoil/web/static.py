"""Static files that browsers keep for a year: the name that pages use holds a digest of the content.

Files are read and compressed once, when the service starts; a few hundred kilobytes stay in memory. Only
files that exist then are served, so no path can lead anywhere else.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as PlainRoute

from counterfoil.web.errors import UnknownPath, error_response

_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "public, no-cache"
_DIGEST_DIGITS: Final = 12
_SMALLEST_COMPRESSED_BYTES: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str
    cache_control: str


class Static:
    """The files of one directory under one URL prefix.

    Args:
        directory: Where the files are; subdirectories are included.
        prefix: The URL prefix, without a slash at its end: `/static`.
    """

    def __init__(self, directory: Path, prefix: str) -> None:
        self._prefix = prefix
        self._urls: dict[str, str] = {}
        self._files: dict[str, _File] = {}
        for path in sorted(directory.rglob("*")):
            if path.is_file():
                self._add(path.relative_to(directory).as_posix(), path.read_bytes())

    def url(self, name: str) -> str:
        """The URL of a file, with its digest in the name, `/static/app.0123456789ab.css`. Raises KeyError."""
        return self._urls[name]

    def routes(self) -> list[PlainRoute]:
        """What to add to the application's routes; GET and HEAD."""
        return [PlainRoute(f"{self._prefix}/{{name:path}}", self._serve, methods=["GET"])]

    def _add(self, name: str, content: bytes) -> None:
        digest = hashlib.sha256(content).hexdigest()[:_DIGEST_DIGITS]
        stem, dot, suffix = name.rpartition(".")
        hashed = f"{stem}.{digest}.{suffix}" if dot else f"{name}.{digest}"
        self._urls[name] = f"{self._prefix}/{hashed}"
        self._files[hashed] = _file(name, content, digest, _FOREVER)
        self._files[name] = _file(name, content, digest, _ASK_AGAIN)

    async def _serve(self, request: Request) -> Response:
        file = self._files.get(request.path_params["name"])
        if file is None:
            return error_response(UnknownPath("There is no such file."))
        headers = {
            "ETag": file.etag,
            "Cache-Control": file.cache_control,
            "Vary": "Accept-Encoding",
            # Pages of other origins load the embed script from here.
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if file.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if file.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(file.compressed, media_type=file.media_type, headers=headers)
        return Response(file.content, media_type=file.media_type, headers=headers)


def _file(name: str, content: bytes, digest: str, cache_control: str) -> _File:
    compressed = gzip.compress(content, mtime=0) if len(content) >= _SMALLEST_COMPRESSED_BYTES else None
    is_smaller = compressed is not None and len(compressed) < len(content)
    media_type = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0]
    return _File(
        content=content,
        compressed=compressed if is_smaller else None,
        media_type=media_type or "application/octet-stream",
        etag=f'"{digest}"',
        cache_control=cache_control,
    )
