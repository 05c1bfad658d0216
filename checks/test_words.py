"""The words of the project: one word per thing, and nothing that speaks of where it was written."""

import re

import pytest

from checks.sources import ROOT, texts

# A banned word and what to write instead.
BANNED = {
    r"(?<!importlib\.)(?<!email\.)(?<!openapi\.)\butils?\b|\bhelpers?\b": "a name that says what it is",
    r"\bTODO\b|\bFIXME\b|\bXXX\b": "an issue; what is not built is absent",
    r"\bdummy\b": "an example",
}

NOT_OURS = {
    r"/work/|/root/|\.pyenv": "a path of one machine",
    r"pypi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian\.org": "the address of a package registry",
}

SOURCES = (".py", ".md", ".html", ".js", ".css", ".toml", ".sh", ".yaml", ".json")


@pytest.mark.parametrize(("pattern", "instead"), BANNED.items())
def test_no_source_uses_a_banned_word(pattern: str, instead: str) -> None:
    hits = _hits(pattern, (".py", ".html", ".js", ".css"))
    assert not hits, f"say {instead}:\n" + "\n".join(hits)


@pytest.mark.parametrize(("pattern", "what"), NOT_OURS.items())
def test_no_file_names_the_place_it_was_written_at(pattern: str, what: str) -> None:
    hits = _hits(pattern, SOURCES)
    assert not hits, f"{what}:\n" + "\n".join(hits)


def _hits(pattern: str, suffixes: tuple[str, ...]) -> list[str]:
    search = re.compile(pattern, re.IGNORECASE)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path, text in texts(*suffixes)
        if path.relative_to(ROOT).as_posix() not in {"checks/test_words.py", "STYLE.md"}
        for number, line in enumerate(text.splitlines(), 1)
        if search.search(line)
    ]
