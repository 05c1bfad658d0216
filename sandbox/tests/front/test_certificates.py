import ssl
from pathlib import Path

from intacct_sandbox.front import NAMES, make_identity


def test_a_new_run_has_a_new_authority_in_the_same_place(tmp_path: Path) -> None:
    first = make_identity(NAMES, tmp_path / "new")
    before = first.authority.read_bytes()
    second = make_identity(NAMES, tmp_path / "new")
    assert first.authority == second.authority
    assert second.authority.read_bytes() != before
    assert [path.name for path in first.authority.parent.iterdir()] == [first.authority.name]


def test_no_key_is_written_down(tmp_path: Path) -> None:
    text = make_identity(NAMES, tmp_path).authority.read_text()
    assert "PRIVATE KEY" not in text
    assert ssl.create_default_context(cadata=text).get_ca_certs()
