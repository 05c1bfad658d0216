import pytest

from intacct_sandbox.admin import rights
from intacct_sandbox.pages.forms import Form


def test_permissions_come_back_from_the_form_that_shows_them() -> None:
    permissions = ("*:*", "accounts-payable/*:list", "accounts-payable/vendor:readonly", "projects/*:*")
    form = Form.of(**rights.fields(permissions))
    assert set(rights.read(form)) == set(permissions)
    assert form.errors == {}


def test_what_the_grid_can_show_is_not_written_as_text() -> None:
    fields = rights.fields(["accounts-payable/*:list", "accounts-payable/vendor:readonly"])
    assert fields["permissions"] == ["accounts-payable/*:list"]
    assert fields["more_permissions"] == ["accounts-payable/vendor:readonly"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("accounts-payable/vendor", "must end in a colon"),
        ("accounts-payable/vendor:write", "must end in a colon"),
        ("accounts-payable/vendr:readonly", "There is no object"),
        ("nowhere/*:list", "There is no object"),
    ],
)
def test_a_line_that_is_no_permission_is_named(line: str, sentence: str) -> None:
    form = Form.of(more_permissions=f"projects/*:*\r\n\r\n{line}")
    rights.read(form)
    assert line.partition(":")[0] in form.errors["more_permissions"]
    assert sentence in form.errors["more_permissions"]


def test_a_permission_given_twice_counts_once() -> None:
    form = Form.of(permissions=["projects/*:list"], more_permissions="projects/*:list")
    assert rights.read(form) == ("projects/*:list",)
