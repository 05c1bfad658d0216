"""The generated reference pages are those that the code would give."""

from pathlib import Path

import pytest

from checks.generate_docs import pages
from checks.sources import ROOT


@pytest.mark.parametrize(("path", "text"), pages().items(), ids=lambda value: getattr(value, "name", ""))
def test_a_generated_page_is_up_to_date(path: Path, text: str) -> None:
    assert path.exists(), f"{path.relative_to(ROOT)} is missing: run make docs"
    assert path.read_text() == text, f"{path.relative_to(ROOT)} is out of date: run make docs"
