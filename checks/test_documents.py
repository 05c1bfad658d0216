"""The documents: links that lead somewhere, and the files a newcomer reads first."""

import re

import pytest

from checks.sources import ROOT, texts

FIRST_READ = (
    "README.md",
    "ARCHITECTURE.md",
    "STYLE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE",
    "docs/glossary.md",
    "docs/adr/README.md",
)


@pytest.mark.parametrize("name", FIRST_READ)
def test_the_files_a_newcomer_reads_first_exist(name: str) -> None:
    assert (ROOT / name).stat().st_size > 200


def test_every_relative_link_leads_to_a_file() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path, text in texts(".md")
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
        if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists()
    ]
    assert not broken, "\n".join(broken)


def test_every_decision_record_says_what_was_decided() -> None:
    records = [
        (path, text) for path, text in texts(".md") if path.parent.name == "adr" and path.stem[0].isdigit()
    ]
    assert records
    for path, text in records:
        assert "**Context.**" in text, path
        assert "**Decision.**" in text, path
