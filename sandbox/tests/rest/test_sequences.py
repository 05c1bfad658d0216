"""The next value of a document sequence, over HTTP."""

from typing import Any

import pytest
from sandbox.tests.rest.conftest import Api

NEXT = "/services/company-config/document-sequence/generate-next-value"
SEQUENCES = "/objects/company-config/document-sequence"
BILLS = {
    "id": "Bills",
    "type": "numeric",
    "fixedPrefix": "BILL",
    "prefixSeparator": "-",
    "fixedSuffix": "A",
    "suffixSeparator": "/",
    "startingNumber": 9,
    "endingNumber": "11",
    "fixedLength": "4",
}


async def made(api: Api, **more: Any) -> str:
    answer = await api.post(SEQUENCES, {**BILLS, **more})
    assert answer.status == 201, answer.body
    key: str = answer.json()["ia::result"]["key"]
    return key


async def test_every_call_gets_the_next_value_until_the_end(api: Api) -> None:
    key = await made(api)
    first = (await api.post(NEXT, {"id": "Bills"})).json()["ia::result"]
    assert first == {"key": key, "id": "Bills", "nextValue": "BILL-0009/A"}
    second = (await api.post(NEXT, {"key": key, "fiscalYear": 2026})).json()["ia::result"]
    assert (second["nextValue"], second["fiscalYear"]) == ("BILL-0010/A", 2026)
    assert (await api.post(NEXT, {"key": key})).json()["ia::result"]["nextValue"] == "BILL-0011/A"
    answer = await api.post(NEXT, {"key": key})
    assert answer.status == 400
    assert "has reached its end" in answer.details


async def test_a_plain_sequence_is_a_plain_number(api: Api) -> None:
    await api.post(SEQUENCES, {"id": "Plain", "type": "numeric"})
    assert (await api.post(NEXT, {"id": "Plain"})).json()["ia::result"]["nextValue"] == "1"
    assert (await api.post(NEXT, {"id": "Plain"})).json()["ia::result"]["nextValue"] == "2"


async def test_letters_are_not_counted(api: Api) -> None:
    await made(api, type="alpha")
    assert (await api.post(NEXT, {"id": "Bills"})).status == 400


async def test_the_permission_to_change_is_needed(api: Api) -> None:
    await made(api)
    assert (await api.post(NEXT, {"id": "Bills"}, token=api.token("Clerk"))).status == 403


@pytest.mark.parametrize("asked", [{"id": "None"}, {"key": "99"}, {"key": "1", "id": "None"}])
async def test_an_unknown_sequence_is_404(api: Api, asked: Any) -> None:
    assert (await api.post(NEXT, asked)).status == 404


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ({}, "/id"),
        ({"id": 7}, "/id"),
        ({"id": "x", "fiscalYear": "x"}, "/fiscalYear"),
        ({"x": 1}, "/x"),
        ([], "/"),
    ],
)
async def test_what_names_no_sequence_is_refused(api: Api, asked: Any, target: str) -> None:
    answer = await api.post(NEXT, asked)
    assert answer.error["details"][0]["target"] == target
