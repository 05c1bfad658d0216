"""Static files, read and compressed once.

Their address holds a digest of them all, so browsers keep them for ever.
"""

import gzip
import hashlib
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_DIRECTORY: Final = Path(__file__).parent / "static"
_MEDIA_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".md": "text/plain",
}
_DIGEST_DIGITS: Final = 12


class Assets:
    """The files of one directory, by their path in it. Nothing else can be reached, whatever a path says."""

    def __init__(self, directory: Path) -> None:
        paths = sorted(path for path in directory.rglob("*") if path.suffix in _MEDIA_TYPES)
        self._files = {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}
        self._compressed = {name: gzip.compress(content, mtime=0) for name, content in self._files.items()}
        digest = hashlib.sha256()
        for name, content in self._files.items():
            digest.update(f"{name} {len(content)} ".encode() + content)
        self.digest = digest.hexdigest()[:_DIGEST_DIGITS]

    def url(self, name: str) -> str:
        """The address of a file. KeyError if there is none."""
        if name not in self._files:
            raise KeyError(name)
        return f"/static/{self.digest}/{name}"

    def route(self) -> Route:
        """The route that serves them all."""
        return Route("/static/{digest}/{name:path}", self._serve, methods=["GET"])

    async def _serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._files:
            return PlainTextResponse("There is no such file.\n", 404)
        is_current = request.path_params["digest"] == self.digest
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if is_current else "no-store",
            "X-Content-Type-Options": "nosniff",
            "Vary": "Accept-Encoding",
        }
        content = self._files[name]
        if "gzip" in request.headers.get("accept-encoding", ""):
            content = self._compressed[name]
            headers["Content-Encoding"] = "gzip"
        return Response(content, 200, headers, _MEDIA_TYPES[Path(name).suffix])


ASSETS: Final = Assets(_DIRECTORY)
