from pathlib import Path

import pytest
from jinja2 import UndefinedError
from sandbox.tests.pages.visiting import Visitor, sign_up

from intacct_sandbox.pages.rendering import environment, page


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/developer/sign-in", "/company/sign-in", "/company/nothing"]
)
def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(path: str, visitor: Visitor) -> None:
    response = visitor.client.get(path)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<style" not in response.text
    assert " style=" not in response.text
    assert " on" + "click=" not in response.text
    assert response.text.count("<script") == response.text.count('<script type="module" src="/static/')
    assert response.headers["cache-control"] == "no-store"


def test_what_people_type_is_never_markup(visitor: Visitor) -> None:
    planted = "<script>alert(1)</script>\"'><b>"
    sign_up(visitor, name=planted)
    assert planted in visitor.text
    assert "<script>alert" not in visitor.client.get("/developer").text


def test_a_name_that_a_template_does_not_get_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "some.html").write_text("{{ missing }}")
    with pytest.raises(UndefinedError):
        page(environment(tmp_path), "some.html", 200, {})
