"""The master key's file: private, never overwritten, refused with a sentence that says what to do."""

import os
import pickle
from pathlib import Path

import pytest

from counterfoil.vault import MasterKey, MasterKeyUnusable, create_master_key, load_master_key


def test_a_created_key_is_read_back_the_same(private_dir: Path) -> None:
    created = create_master_key(private_dir / "key")
    assert load_master_key(private_dir / "key").derive("x") == created.derive("x")


def test_the_file_is_for_its_owner_only_whatever_the_umask(private_dir: Path) -> None:
    before = os.umask(0)
    try:
        create_master_key(private_dir / "key")
    finally:
        os.umask(before)
    assert (private_dir / "key").stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_overwritten(private_dir: Path) -> None:
    create_master_key(private_dir / "key")
    content = (private_dir / "key").read_bytes()
    with pytest.raises(MasterKeyUnusable, match="exists already"):
        create_master_key(private_dir / "key")
    assert (private_dir / "key").read_bytes() == content


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyUnusable, match="No such file or directory"):
        create_master_key(tmp_path / "absent" / "key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o777, 0o610])
def test_a_file_that_others_may_touch_is_refused(private_dir: Path, mode: int) -> None:
    path = private_dir / "key"
    create_master_key(path)
    path.chmod(mode)
    with pytest.raises(MasterKeyUnusable, match="chmod 600"):
        load_master_key(path)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_file_is_accepted(private_dir: Path, mode: int) -> None:
    path = private_dir / "key"
    create_master_key(path)
    path.chmod(mode)
    load_master_key(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"secret",
        b"counterfoil-master-key:1:",
        b"counterfoil-master-key:1:AAAA",
        b"counterfoil-master-key:2:" + b"A" * 43 + b"=",
        b"counterfoil-master-key:1:" + b"!" * 44,
        b"\xff\xfe",
        b"A" * 5000,
    ],
)
def test_a_file_that_holds_no_key_is_refused_without_being_quoted(private_dir: Path, content: bytes) -> None:
    path = private_dir / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(MasterKeyUnusable, match="counterfoil vault create-key") as refused:
        load_master_key(path)
    assert content.decode("latin-1") not in str(refused.value) or not content


def test_a_directory_is_not_a_key(private_dir: Path) -> None:
    with pytest.raises(MasterKeyUnusable):
        load_master_key(private_dir)


def test_a_missing_file_is_named(private_dir: Path) -> None:
    with pytest.raises(MasterKeyUnusable, match="can't be read"):
        load_master_key(private_dir / "absent")


def test_purposes_give_unrelated_keys_and_the_key_shows_nothing() -> None:
    key = MasterKey(b"k" * 32)
    assert key.derive("a") != key.derive("b")
    assert key.derive("a") == MasterKey(b"k" * 32).derive("a")
    assert "kkk" not in repr(key)
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(ValueError, match="32 bytes"):
        MasterKey(b"short")
