"""The leak scanner finds what is planted; otherwise its silence would mean nothing."""

import base64
import gzip
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from e2e.leaks import Leak, scan_bytes, scan_files

SECRET = 'p1anted "secret"/+ü 7c2f'
SECRETS = {"planted": SECRET}


@pytest.mark.parametrize(
    "content",
    [
        SECRET.encode(),
        SECRET.encode().hex().encode(),
        quote(SECRET, safe="").encode(),
        json.dumps({"deep": [SECRET]}).encode(),
        SECRET.encode("utf-16-le"),
        *(base64.b64encode(b"x" * offset + SECRET.encode() + b"rest") for offset in range(4)),
        base64.urlsafe_b64encode(SECRET.encode()),
        gzip.compress(b"before " + SECRET.encode() + b" after", mtime=0),
    ],
    ids=lambda content: content[:12].hex(),
)
def test_a_planted_secret_is_found_in_every_form(content: bytes) -> None:
    assert list(
        scan_bytes(
            SECRETS, b"before " + content + b" after" if content[:2] != b"\x1f\x8b" else content, "here"
        )
    )


def test_a_leak_names_the_place_and_not_the_secret(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    place = tmp_path / "deep" / "log"
    place.write_text(f"token={SECRET}")
    found = set(scan_files(SECRETS, [tmp_path]))
    assert Leak("planted", "raw", str(place)) in found
    assert SECRET not in repr(found)


def test_innocent_content_has_no_leak(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(bytes(range(256)) * 100)
    assert not list(scan_files(SECRETS, [tmp_path]))
