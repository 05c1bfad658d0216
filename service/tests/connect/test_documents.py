"""What browsers open themselves: the document and its headers, the files it names."""

import gzip
import re
from collections.abc import Sequence

import pytest
from fastapi import FastAPI
from service.tests.web.asgi import Answer, call

from counterfoil.connect.assets import Assets
from counterfoil.connect.documents import router
from counterfoil.connect.page import ConnectPage
from counterfoil.connect.texts import Texts
from counterfoil.web import install

_ASSETS = Assets.load()
_TEXTS = Texts.load()
_GERMAN = Texts(
    {**_TEXTS.by_language, "de": {**_TEXTS.by_language["en"], "page.title": "Ihr Unternehmen verbinden"}}
)


def _app(origins: Sequence[str] = (), texts: Texts = _TEXTS) -> FastAPI:
    async def embedding_origins() -> Sequence[str]:
        return origins

    app = FastAPI()
    install(app)
    app.include_router(router(ConnectPage(_ASSETS, texts), _ASSETS, embedding_origins))
    return app


async def _get(target: str, app: FastAPI | None = None, method: str = "GET", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await call(app or _app(), method, target, headers=named)


@pytest.mark.parametrize(("target", "root"), [("/", "./"), ("/connect/", "../")])
async def test_the_document_names_everything_by_relative_address(target: str, root: str) -> None:
    answer = await _get(target)

    html = answer.body.decode()
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f'data-api="{root}"' in html
    assert f'src="{root}static/connect/{_ASSETS.digest}/main.js"' in html
    assert not re.findall(r'(?:src|href)="(?:https?:)?/', html)


@pytest.mark.parametrize("target", ["/", "/connect/"])
async def test_without_any_registered_origin_nobody_may_frame_the_page(target: str) -> None:
    headers = (await _get(target)).headers

    assert headers["content-security-policy"].endswith("; frame-ancestors 'none'")
    assert "x-frame-options" not in headers


async def test_each_registered_origin_is_named_once() -> None:
    origins = ["https://b.example.com", "https://a.example.com", "https://b.example.com"]

    policy = (await _get("/connect/", _app(origins))).headers["content-security-policy"]

    assert policy.endswith("; frame-ancestors https://a.example.com https://b.example.com")


async def test_the_policy_lets_nothing_in_from_elsewhere_and_no_inline_script_run() -> None:
    answer = await _get("/connect/")

    policy = answer.headers["content-security-policy"]
    for directive in ("default-src 'none'", "script-src 'self'", "form-action 'none'", "base-uri 'none'"):
        assert directive in policy
    assert "unsafe" not in policy
    assert not re.findall(rb"<script(?![^>]*(?:src=|application/json))", answer.body)
    assert not re.findall(rb"\son[a-z]+=|<style|\sstyle=", answer.body)


async def test_the_document_is_not_kept_and_sends_no_referrer() -> None:
    headers = (await _get("/connect/")).headers

    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


OPENER_POLICY = "cross-origin-opener-policy"
SITE = "https://app.example.com"


async def test_a_window_that_a_registered_site_opened_stays_tied_to_it() -> None:
    answer = await _get("/connect/?window=popup", _app([SITE]), referer=f"{SITE}/")

    assert answer.headers[OPENER_POLICY] == "unsafe-none"
    assert b'data-window="opened"' in answer.body
    assert "Referer" in answer.headers["vary"]


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "null",
        "http://[",
        "https://",
        "http://app.example.com/",
        "https://app.example.com:8443/",
        "https://app.example.com.evil.example/",
        "https://evil.example/https://app.example.com/",
        "https://app.example.com@evil.example/",
    ],
)
async def test_a_window_that_somebody_else_opened_is_parted_from_them(referer: str) -> None:
    answer = await _get("/connect/?window=popup", _app([SITE]), referer=referer)

    assert answer.headers[OPENER_POLICY] == "same-origin-allow-popups"
    assert b'data-window="refused"' in answer.body


async def test_a_link_on_a_registered_site_leads_to_a_page_that_is_tied_to_nobody() -> None:
    answer = await _get("/connect/", _app([SITE]), referer=f"{SITE}/")

    assert answer.headers[OPENER_POLICY] == "same-origin-allow-popups"
    assert b"data-window" not in answer.body


async def test_a_token_in_the_address_does_not_get_into_the_document() -> None:
    token = "nango_connect_session_" + "7" * 64

    answer = await _get(f"/connect/?session_token={token}&lang={token}&theme={token}")

    assert answer.status == 200
    assert token.encode() not in answer.body
    assert answer.body == (await _get("/connect/")).body


async def test_what_the_address_says_is_never_written_as_it_is() -> None:
    answer = await _get("/connect/?theme=%22%3E%3Cscript%3E&lang=%22%3E%3Cscript%3E")

    assert answer.body == (await _get("/connect/")).body


@pytest.mark.parametrize(
    ("target", "accept_language", "language"),
    [
        ("/connect/", "", "en"),
        ("/connect/", "de-DE, en;q=0.5", "de"),
        ("/connect/?lang=de", "en", "de"),
        ("/connect/?lang=en", "de", "en"),
        ("/connect/?lang=xx", "de", "de"),
    ],
)
async def test_the_document_is_in_the_language_asked_for(
    target: str, accept_language: str, language: str
) -> None:
    answer = await _get(target, _app(texts=_GERMAN), accept_language=accept_language)

    html = answer.body.decode()
    assert f'<html lang="{language}"' in html
    assert ("<title>Ihr Unternehmen verbinden</title>" in html) == (language == "de")
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("theme", "attribute"), [("light", 'data-theme="light"'), ("dark", 'data-theme="dark"')]
)
async def test_the_theme_can_be_asked_for(theme: str, attribute: str) -> None:
    assert attribute in (await _get(f"/connect/?theme={theme}")).body.decode()


@pytest.mark.parametrize("target", ["/connect/", "/connect/?theme=system"])
async def test_without_one_the_browser_decides(target: str) -> None:
    [opening] = re.findall(rb"<html[^>]*>", (await _get(target)).body)
    assert b"data-theme" not in opening


@pytest.mark.parametrize("path", ["/connect/", "/embed.js", f"/static/connect/{_ASSETS.digest}/main.js"])
async def test_whoever_understands_gzip_gets_it(path: str) -> None:
    plain = await _get(path)
    small = await _get(path, accept_encoding="gzip, deflate, br")

    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert gzip.decompress(small.body) == plain.body
    assert len(small.body) < len(plain.body)
    assert "Accept-Encoding" in small.headers["vary"]


async def test_the_address_without_its_slash_leads_to_the_one_with_it_and_keeps_the_query() -> None:
    answer = await _get("/connect?lang=de&theme=dark")

    assert (answer.status, answer.headers["location"]) == (307, "connect/?lang=de&theme=dark")
    assert (await _get("/connect")).headers["location"] == "connect/"


@pytest.mark.parametrize("path", ["/", "/connect/", "/embed.js"])
async def test_heads_can_be_asked_for_alone(path: str) -> None:
    head, whole = await _get(path, method="HEAD"), await _get(path)

    assert (head.status, head.headers["content-type"]) == (200, whole.headers["content-type"])


async def test_files_are_kept_for_ever_under_this_releases_address() -> None:
    answer = await _get(f"/static/connect/{_ASSETS.digest}/vendor/pico.min.css")

    assert answer.body == _ASSETS.by_path["vendor/pico.min.css"].content
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_files_of_another_releases_address_are_not_kept() -> None:
    answer = await _get(f"/static/connect/{'0' * 16}/main.js")

    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")


async def test_the_script_for_other_sites_reaches_them_and_is_looked_for_again_soon() -> None:
    headers = (await _get("/embed.js")).headers

    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize(
    "path", ["nothing.js", "../connect.html", "%2e%2e/routes.py", "", "vendor", "main.js/"]
)
async def test_a_file_that_is_not_the_pages(path: str) -> None:
    answer = await _get(f"/static/connect/{_ASSETS.digest}/{path}")

    assert (answer.status, answer.error_code) == (404, "not_found")


async def test_every_file_that_the_document_names_is_there() -> None:
    html = (await _get("/")).body.decode()

    named = set(re.findall(r'(?:src|href)="\./(static/[^"#]+)"', html))
    assert len(named) > 5
    for path in named:
        assert (await _get(f"/{path}")).status == 200
