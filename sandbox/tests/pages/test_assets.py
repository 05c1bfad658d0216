import re

import pytest
from sandbox.tests.pages.visiting import Visitor

from intacct_sandbox.pages.assets import ASSETS


def test_every_file_a_page_names_is_served_and_kept_for_ever(visitor: Visitor) -> None:
    named = set(re.findall(r'"(/static/[^"]+)"', visitor.client.get("/").text))
    assert len(named) == 4
    for address in named:
        response = visitor.client.get(address)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
        assert response.headers["content-encoding"] == "gzip"


def test_a_browser_that_cannot_unpack_gets_the_file_as_it_is(visitor: Visitor) -> None:
    address = ASSETS.url("page.js")
    plain = visitor.client.get(address, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == visitor.client.get(address).text


@pytest.mark.parametrize(
    "name", ["../templates/layout.html", "..%2f..%2fpages%2froutes.py", "nothing.css", ""]
)
def test_nothing_but_the_files_can_be_reached(name: str, visitor: Visitor) -> None:
    assert visitor.client.get(f"/static/{ASSETS.digest}/{name}").status_code == 404


def test_a_file_by_an_old_address_is_not_kept(visitor: Visitor) -> None:
    response = visitor.client.get("/static/000000000000/page.js")
    assert response.headers["cache-control"] == "no-store"


def test_an_unknown_name_in_a_template_is_an_error() -> None:
    with pytest.raises(KeyError):
        ASSETS.url("nothing.css")
