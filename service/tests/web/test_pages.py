"""Templates: everything escaped, nothing silently empty."""

from pathlib import Path

import jinja2
import pytest

from counterfoil.web import templates


def test_values_are_escaped_in_every_kind_of_file(tmp_path: Path) -> None:
    for name in ("page.html", "part.txt", "page.html.jinja"):
        (tmp_path / name).write_text("{{ value }}")
        assert templates(tmp_path).get_template(name).render(value="<b>'\"") == "&lt;b&gt;&#39;&#34;"


def test_an_unknown_name_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{{ absent }}")
    with pytest.raises(jinja2.UndefinedError):
        templates(tmp_path).get_template("page.html").render()
