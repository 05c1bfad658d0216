"""The ground: which database, whose master key, and that a key is made once and never in place of another."""

import os
import stat
import threading
from pathlib import Path

import pytest
from pydantic import SecretStr

from counterfoil.app import Foundation, MasterKeyMissing, assembled, foundation
from counterfoil.app.foundation import DEVELOPMENT_KEY
from counterfoil.db import DatabaseUnavailable
from counterfoil.settings import Settings, read_settings
from counterfoil.vault import MasterKeyUnusable, create_master_key
from counterfoil.vault.errors import WrongMasterKey

_PURPOSE = "test"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("COUNTERFOIL_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that two processes began to use at the same time, and left again."""
    directory = tmp_path_factory.mktemp("foundation") / "deep" / "data"
    settings = read_settings(data_dir=directory)
    found: list[bytes] = []
    both = threading.Barrier(2)

    def begin() -> None:
        both.wait()
        with foundation(settings) as ground:
            found.append(ground.master_key.derive(_PURPOSE))

    threads = [threading.Thread(target=begin) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert found[0] == found[1], "two at once made two keys"
    return directory


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _own(url: str, key: Path | None) -> Settings:
    return read_settings(database_url=SecretStr(url), master_key_file=key)


async def _fills(settings: Settings, ground: Foundation) -> None:
    async with assembled(settings, ground):
        pass


def test_the_data_directory_is_made_for_its_owner_with_a_key_that_only_the_owner_reads(used: Path) -> None:
    assert _mode(used / DEVELOPMENT_KEY) == 0o600
    # An embedded PostgreSQL that must not run as root may let its own user pass through, and nobody read.
    assert _mode(used) & 0o066 == 0


def test_the_key_is_made_once(used: Path) -> None:
    before = (used / DEVELOPMENT_KEY).read_bytes()

    with foundation(read_settings(data_dir=used)) as first:
        pass
    with foundation(read_settings(data_dir=used)) as second:
        pass

    assert first.master_key.derive(_PURPOSE) == second.master_key.derive(_PURPOSE)
    assert (used / DEVELOPMENT_KEY).read_bytes() == before


def test_data_without_their_key_are_refused_and_get_no_new_one(used: Path, tmp_path: Path) -> None:
    key = used / DEVELOPMENT_KEY
    aside = key.rename(tmp_path / "aside")
    try:
        with pytest.raises(MasterKeyMissing, match="Put the file back") as refused:
            foundation(read_settings(data_dir=used)).__enter__()
        assert not key.exists()
    finally:
        aside.rename(key)
    assert "COUNTERFOIL_MASTER_KEY_FILE" in refused.value.message


def test_a_named_key_is_used_instead_and_none_is_made(used: Path, tmp_path: Path) -> None:
    named = tmp_path / "master.key"
    made = create_master_key(named)
    before = (used / DEVELOPMENT_KEY).read_bytes()

    with foundation(read_settings(data_dir=used, master_key_file=named)) as ground:
        assert ground.master_key.derive(_PURPOSE) == made.derive(_PURPOSE)

    assert (used / DEVELOPMENT_KEY).read_bytes() == before


def test_a_key_that_others_can_read_is_refused(used: Path) -> None:
    key = used / DEVELOPMENT_KEY
    key.chmod(0o644)
    try:
        with pytest.raises(MasterKeyUnusable, match="chmod 600"):
            foundation(read_settings(data_dir=used)).__enter__()
    finally:
        key.chmod(0o600)


def test_a_named_key_that_is_absent_is_never_made(tmp_path: Path) -> None:
    named = tmp_path / "master.key"

    with pytest.raises(MasterKeyUnusable, match="can't be read"):
        foundation(read_settings(data_dir=tmp_path / "data", master_key_file=named)).__enter__()

    assert not named.exists()


def test_a_database_of_ones_own_needs_a_key_of_ones_own_and_is_told_how_to_make_one(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(MasterKeyMissing, match="counterfoil vault create-key PATH") as refused:
        foundation(_own(postgres_url, None)).__enter__()

    assert "COUNTERFOIL_MASTER_KEY_FILE" in refused.value.message
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_of_ones_own_is_brought_to_this_releases_schema(
    empty_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    create_master_key(tmp_path / "master.key")

    with foundation(_own(empty_postgres_url, tmp_path / "master.key")) as ground:
        assert ground.database_url == empty_postgres_url

    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    create_master_key(tmp_path / "master.key")
    nobody = "postgresql://counterfoil:s3cret@127.0.0.1:1/counterfoil"

    with pytest.raises(DatabaseUnavailable) as refused:
        foundation(_own(nobody, tmp_path / "master.key")).__enter__()

    assert "s3cret" not in refused.value.message


async def test_a_key_that_did_not_seal_the_data_is_refused(postgres_url: str, tmp_path: Path) -> None:
    settings = _own(postgres_url, tmp_path / "unused")
    first, second = create_master_key(tmp_path / "first.key"), create_master_key(tmp_path / "second.key")
    await _fills(settings, Foundation(postgres_url, first))

    with pytest.raises(WrongMasterKey):
        await _fills(settings, Foundation(postgres_url, second))
