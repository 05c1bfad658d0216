"""Providers of installed packages: one is built and installed by a real installer, and connected with."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from service.tests.connect.api import connect_api
from service.tests.connections.service_process import process
from service.tests.providers.generic.api_server import api_server

from counterfoil.access import Environment
from counterfoil.db import Database
from counterfoil.integrations import NewIntegration
from counterfoil.providers import DuplicateProvider, Provider, ProviderUnusable, catalogue
from counterfoil.providers.generic import basic
from counterfoil.providers.installed import GROUP, installed
from counterfoil.vault import MasterKey

PROJECT = """
[project]
name = "acme-books"
version = "1.0"

[project.entry-points."counterfoil.providers"]
acme-books = "acme_books:provider"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""
MODULE = '''
"""Acme Books: an accounting system with a key in a header."""

import os

from counterfoil.auth_modes.api_key import ApiKeyOptions
from counterfoil.providers import Provider

ORIGIN = os.environ["ACME_BOOKS_ORIGIN"]


def provider() -> Provider:
    options = ApiKeyOptions(
        provider_host="books.acme.example",
        header="Acme-Key",
        prefix="",
        verification_urls=(f"{ORIGIN}/v1/me",),
    )
    return Provider(
        id="acme-books",
        display_name="Acme Books",
        auth_mode="API_KEY",
        options=options,
        proxy_base_url=f"{ORIGIN}/v1",
        docs_url="https://books.acme.example/docs",
    )
'''


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that the package was installed into, from its source, without any network."""
    folder = tmp_path_factory.mktemp("acme")
    source, target = folder / "source", folder / "target"
    source.mkdir()
    (source / "pyproject.toml").write_text(PROJECT)
    (source / "acme_books.py").write_text(MODULE)
    installer = str(Path(sys.executable).with_name("uv"))
    command = [installer, "pip", "install", "--quiet", "--offline", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*command, "--python", sys.executable, "--target", str(target), str(source)],
        check=True,
        env={**os.environ, "UV_CACHE_DIR": str(folder / "cache")},
        timeout=120,
    )
    return target


@pytest.fixture
def on_path(package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(package))
    yield
    sys.modules.pop("acme_books", None)


@pytest.mark.usefixtures("on_path")
async def test_an_installed_provider_is_connected_with(
    database: Database, master_key: MasterKey, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with api_server() as upstream:
        monkeypatch.setenv("ACME_BOOKS_ORIGIN", upstream.origin)
        upstream.known = ("acme-key", "key-1")
        async with process(database, master_key, environment, "https://api.intacct.com") as service:
            new = NewIntegration(unique_key="acme", provider="acme-books")
            await service.integrations.create(environment, new)
            page = await (await connect_api(service)).page()

            refused = await page("POST", "/api-auth/api-key/acme", {"apiKey": "key-2"})
            answer = await page("POST", "/api-auth/api-key/acme", {"apiKey": "key-1"})

            assert (refused.status, refused.error_code) == (400, "connection_test_failed")
            assert answer.status == 200
            live = await service.tokens.live(environment.id, "acme", answer.json()["connectionId"])
            assert (live.authorization_header, live.authorization.reveal()) == ("Acme-Key", "key-1")
            assert live.base_url == f"{upstream.origin}/v1"


@pytest.mark.usefixtures("on_path")
def test_one_that_fails_stops_the_start_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACME_BOOKS_ORIGIN", raising=False)
    with pytest.raises(ProviderUnusable, match=r"'acme-books' \(acme_books:provider\) of acme-books failed"):
        catalogue("https://api.intacct.com")


def _point(name: str) -> EntryPoint:
    return EntryPoint(name, f"{__name__}:{name}", GROUP)


def _renamed(provider_id: str = "acme-books", auth_mode: str = "BASIC") -> Provider:
    return replace(basic.provider(), id=provider_id, auth_mode=auth_mode)


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda: None, "gave NoneType"),
        (lambda: _renamed("Acme Books"), "has the id 'Acme Books'"),
        (lambda: _renamed(auth_mode="TELEPATHY"), "has the auth mode 'TELEPATHY'"),
        (lambda: 1 / 0, "failed: ZeroDivisionError"),
    ],
)
def test_what_is_no_provider_is_refused_by_name(
    made: object, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EntryPoint, "load", lambda _self: made)
    with pytest.raises(ProviderUnusable, match=reason):
        list(installed([_point("broken")]))


def test_they_come_in_order_of_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EntryPoint, "load", lambda self: lambda: _renamed(self.name))
    assert [one.id for one in installed([_point("b"), _point("a")])] == ["a", "b"]


def test_an_id_of_ours_can_not_be_taken() -> None:
    with pytest.raises(DuplicateProvider, match="generic-basic"):
        catalogue("https://api.intacct.com", others=[basic.provider()])
