"""The lock: every package of an exact version and a hash, and no address of a registry."""

import re

from checks.sources import ROOT

LOCK = (ROOT / "requirements.lock").read_text()


def test_every_package_is_pinned_with_a_hash() -> None:
    entries = re.split(r"\n(?=[a-z0-9])", LOCK.strip(), flags=re.IGNORECASE)
    assert len(entries) > 50
    for entry in entries:
        assert re.match(r"[\w.\-\[\]]+==[\w.!+]+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_lock_names_no_registry() -> None:
    assert "://" not in LOCK
    assert "index-url" not in LOCK
