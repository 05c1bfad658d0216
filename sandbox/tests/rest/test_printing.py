"""Printed invoices: from `generate-pdf` to the document behind the address."""

import re
import zlib
from typing import Any

import pytest
from sandbox.tests.rest.calling import Response, send
from sandbox.tests.rest.conftest import Api, build_api

from intacct_sandbox.identity import companies
from intacct_sandbox.rest import printing

PRINT = "/workflows/accounts-receivable/invoice/generate-pdf"
INVOICE = "/objects/accounts-receivable/invoice/1"


@pytest.fixture
def api() -> Api:
    return build_api()


async def printed(api: Api, key: str = "1", **more: Any) -> Any:
    answer = await api.post(PRINT, {"key": key}, **more)
    assert answer.status == 200, answer.body
    return answer.json()["ia::result"]


async def fetch(api: Api, address: str, **headers: str) -> Response:
    path = address.partition("://")[2].partition("/")[2]
    return await send(api.app, "GET", f"/{path}", headers, b"")


async def test_an_invoice_is_printed_and_fetched_from_its_address(api: Api) -> None:
    before = (await api.get(INVOICE)).json()["ia::result"]
    result = await printed(api)
    assert {name: result[name] for name in ("key", "id", "href")} == {"key": "1", "id": "1", "href": INVOICE}
    assert set(result) == {"key", "id", "href", "downloadURL"}
    document = await fetch(api, result["downloadURL"])
    assert (document.status, document.headers["content-type"]) == (200, "application/pdf")
    assert document.body.startswith(b"%PDF-")
    after = (await api.get(INVOICE)).json()["ia::result"]
    assert after == {**before, "downloadURL": result["downloadURL"]}


async def test_a_document_shows_the_invoice(api: Api) -> None:
    document = await fetch(api, (await printed(api))["downloadURL"])
    streams = re.findall(rb"stream\n(.*?)\nendstream", document.body, re.DOTALL)
    text = zlib.decompress(streams[0]).decode("latin-1")
    invoice = (await api.get(INVOICE)).json()["ia::result"]
    for part in (
        f"Invoice {invoice['invoiceNumber']}, paid",
        invoice["customer"]["name"],
        invoice["lines"][0]["txnAmount"],
        f"Total {invoice['totalTxnAmount']} USD",
    ):
        assert part in text


async def test_the_last_document_of_an_invoice_is_the_one_that_is_kept(api: Api) -> None:
    first, second = await printed(api), await printed(api)
    assert (await fetch(api, first["downloadURL"])).status == 401
    assert (await fetch(api, second["downloadURL"])).status == 200


async def test_an_address_can_be_worth_nothing_without_a_token_of_the_company(api: Api) -> None:
    address = (await printed(api))["downloadURL"]
    api.quirks.set("invoice-pdf-download", "token")
    assert (await fetch(api, address)).status == 401
    bearer = {"Authorization": f"Bearer {api.token()}"}
    assert (await fetch(api, address, **bearer)).body.startswith(b"%PDF-")
    token = address.rpartition("/")[2]
    other = companies.create(api.store, company_id="Other", title="Other")
    assert printing.fetch(api.store, token, other.key) is None
    assert (await fetch(api, address[:-1], **bearer)).status == 404


async def test_many_are_printed_at_once(api: Api) -> None:
    answer = await api.post(PRINT, [{"key": "1"}, {"key": "2"}, {"key": "999999"}])
    assert answer.status == 207
    results = answer.json()["ia::result"]
    assert len({one["downloadURL"] for one in results[:2]}) == 2
    assert "downloadURL" not in results[2]


async def test_equal_invoices_make_equal_documents(api: Api) -> None:
    bodies = [(await fetch(api, (await printed(api))["downloadURL"])).body for _ in range(2)]
    assert bodies[0] == bodies[1]
