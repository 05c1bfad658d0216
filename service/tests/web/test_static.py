"""Static files: names that change with their content, kept for a year; nothing outside the directory."""

import gzip
from pathlib import Path

import pytest
from service.tests.web.asgi import call
from starlette.applications import Starlette

from counterfoil.web import Static

_CSS = "body { color: red; }\n" * 100


@pytest.fixture
def static(tmp_path: Path) -> Static:
    (tmp_path / "files" / "vendor").mkdir(parents=True)
    (tmp_path / "files" / "app.css").write_text(_CSS)
    (tmp_path / "files" / "vendor" / "small.js").write_text("1")
    (tmp_path / "files" / "LICENSE").write_text("free")
    (tmp_path / "secret.txt").write_text("secret")
    return Static(tmp_path / "files", "/static")


@pytest.fixture
def app(static: Static) -> Starlette:
    return Starlette(routes=static.routes())


async def test_a_hashed_name_is_kept_for_a_year(static: Static, app: Starlette) -> None:
    answer = await call(app, "GET", static.url("app.css"))
    assert (answer.status, answer.body.decode()) == (200, _CSS)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")


async def test_a_plain_name_is_asked_for_again(static: Static, app: Starlette) -> None:
    answer = await call(app, "GET", "/static/app.css")
    assert answer.headers["cache-control"] == "public, no-cache"
    again = await call(app, "GET", "/static/app.css", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


async def test_large_files_are_compressed_where_the_browser_can_read_it(
    static: Static, app: Starlette
) -> None:
    answer = await call(app, "GET", static.url("app.css"), headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body).decode() == _CSS
    assert len(answer.body) < len(_CSS) / 10


async def test_scripts_have_a_type_that_browsers_run(static: Static, app: Starlette) -> None:
    answer = await call(app, "GET", static.url("vendor/small.js"))
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "content-encoding" not in answer.headers


async def test_the_name_changes_with_the_content(static: Static, tmp_path: Path) -> None:
    before = static.url("app.css")
    (tmp_path / "files" / "app.css").write_text("other")
    assert Static(tmp_path / "files", "/static").url("app.css") != before


@pytest.mark.parametrize(
    "path",
    ["/static/../secret.txt", "/static/%2e%2e/secret.txt", "/static//etc/passwd", "/static/", "/static/x"],
)
async def test_nothing_else_is_served(app: Starlette, path: str) -> None:
    answer = await call(app, "GET", path)
    assert (answer.status, answer.error_code) == (404, "not_found")


def test_an_unknown_name_is_noticed_when_the_page_is_made(static: Static) -> None:
    with pytest.raises(KeyError):
        static.url("absent.css")
