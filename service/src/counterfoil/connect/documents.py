"""Routes that browsers open themselves: the Connect page at `/` and `/connect/`, its files, and `/embed.js`.

Everything here is public and the same for everybody.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from fastapi import APIRouter, Request, Response

from counterfoil.connect.assets import Asset, Assets
from counterfoil.connect.errors import UnknownFile
from counterfoil.connect.page import ConnectPage, WindowKind, compressed, document_headers

_READ: Final = ["GET", "HEAD"]
_FOR_EVER: Final = "public, max-age=31536000, immutable"
# Other sites' pages name embed.js by a fixed address, so a new release must reach them soon.
_FOR_A_WHILE: Final = "public, max-age=300"


def router(
    page: ConnectPage, assets: Assets, embedding_origins: Callable[[], Awaitable[Sequence[str]]]
) -> APIRouter:
    """The routes; `embedding_origins` gives the origins that may show the page in a frame just now."""
    routes = APIRouter(include_in_schema=False, redirect_slashes=False)

    async def document(request: Request, root: str) -> Response:
        origins = await embedding_origins()
        window = _window(request, origins)
        content = page.document(
            root=root,
            language=request.query_params.get("lang"),
            accept_language=request.headers.get("accept-language", ""),
            theme=request.query_params.get("theme"),
            window=window,
        )
        headers = document_headers(origins, window)
        if _accepts_gzip(request):
            content = compressed(content)
            headers["Content-Encoding"] = "gzip"
        return Response(content, media_type="text/html", headers=headers)

    @routes.api_route("/", methods=_READ)
    async def root_document(request: Request) -> Response:
        return await document(request, "./")

    @routes.api_route("/connect/", methods=_READ)
    async def connect_document(request: Request) -> Response:
        return await document(request, "../")

    @routes.api_route("/connect", methods=_READ)
    async def without_slash(request: Request) -> Response:
        # Relative, so that it holds below any prefix; the browser carries the fragment along.
        query = f"?{request.url.query}" if request.url.query else ""
        return Response(
            status_code=307, headers={"Location": f"connect/{query}", "Cache-Control": "no-store"}
        )

    @routes.api_route("/embed.js", methods=_READ)
    async def embed(request: Request) -> Response:
        headers = {"Cache-Control": _FOR_A_WHILE, "Cross-Origin-Resource-Policy": "cross-origin"}
        return _file(request, assets.by_path["embed.js"], headers)

    @routes.api_route("/static/connect/{digest}/{path:path}", methods=_READ)
    async def static(request: Request, digest: str, path: str) -> Response:
        asset = assets.by_path.get(path)
        if asset is None:
            raise UnknownFile("There is no such file.")
        # A page of another release, while nodes are being replaced, gets a file but must not keep it.
        kept = _FOR_EVER if digest == assets.digest else "no-store"
        return _file(request, asset, {"Cache-Control": kept, "Cross-Origin-Resource-Policy": "same-origin"})

    return routes


def _window(request: Request, origins: Sequence[str]) -> WindowKind | None:
    """Whether a site that asks to talk to the window it opened may. Which site it is the browser says, in
    `Referer`: the site can't name another, and where the browser is silent it is nobody.
    """
    if request.query_params.get("window") != "popup":
        return None
    opener = "/".join(request.headers.get("referer", "").split("/", 3)[:3])
    return "opened" if opener in origins else "refused"


def _file(request: Request, asset: Asset, headers: dict[str, str]) -> Response:
    headers |= {"X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    if _accepts_gzip(request):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.compressed, media_type=asset.media_type, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)


def _accepts_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")
