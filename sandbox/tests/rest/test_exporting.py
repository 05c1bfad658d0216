"""Exports over HTTP: the rows of a query as files that other programs read."""

import csv
import io
import json
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from sandbox.tests.rest.calling import Response
from sandbox.tests.rest.conftest import NOW, Api

EXPORT = "/services/core/export"
QUERY = {
    "object": "accounts-payable/vendor",
    "fields": ["id", "name", "isOnHold", "creditLimit", "totalDue"],
    "orderBy": [{"id": "asc"}],
}


async def export(api: Api, file_type: str, query: Any = QUERY, **more: Any) -> Response:
    return await api.post(EXPORT, {"fileType": file_type, "query": query}, **more)


async def rows(api: Api) -> list[dict[str, Any]]:
    return (await api.query({**QUERY, "size": 4000})).rows


async def test_csv_has_a_line_of_names_and_one_for_each_row(api: Api) -> None:
    answer = await export(api, "csv")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="vendor.csv"'
    read = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
    wanted = await rows(api)
    assert [row["id"] for row in read] == [row["id"] for row in wanted]
    assert [row["name"] for row in read] == [row["name"] for row in wanted]
    assert read[0]["isOnHold"] == json.dumps(wanted[0]["isOnHold"])


async def test_a_spreadsheet_keeps_numbers_as_numbers_and_texts_as_texts(api: Api) -> None:
    api.store.execute("UPDATE accounts_payable__vendor SET name = ? WHERE id = '20001'", ("=1+1",))
    answer = await export(api, "xlsx")
    assert "spreadsheetml" in answer.headers["content-type"]
    book = openpyxl.load_workbook(io.BytesIO(answer.body))
    sheet = book.active
    assert sheet is not None
    found = [list(line) for line in sheet.iter_rows(values_only=True)]
    wanted = await rows(api)
    assert found[0] == QUERY["fields"]
    assert found[1:] == [[row[field] for field in QUERY["fields"]] for row in wanted]
    assert ["20001", "=1+1"] in [line[:2] for line in found]
    assert sheet["B2"].data_type == "s"
    assert book.properties.created == datetime.combine(NOW.date(), NOW.time())


async def test_a_document_is_a_pdf_whatever_letters_its_rows_have(api: Api) -> None:
    api.store.execute("UPDATE accounts_payable__vendor SET name = ? WHERE id = '20001'", ("Žluťoučký 株式",))
    answer = await export(api, "pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body.startswith(b"%PDF-")
    assert answer.body.rstrip().endswith(b"%%EOF")


@pytest.mark.parametrize("file_type", ["csv", "xlsx", "pdf"])
async def test_equal_exports_are_equal_files(api: Api, file_type: str) -> None:
    assert (await export(api, file_type)).body == (await export(api, file_type)).body


async def test_all_pages_are_in_one_file(api: Api) -> None:
    api.store.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4500)"
        " INSERT INTO accounts_payable__vendor (company_key, key, private, id, name)"
        " SELECT ?, 100000 + i, 0, 'X' || i, 'x' FROM n",
        (api.company.key,),
    )
    lines = (await export(api, "csv")).body.decode().splitlines()
    assert len(lines) == 1 + 4500 + 40


async def test_no_rows_are_a_file_with_names_only(api: Api) -> None:
    answer = await export(api, "csv", {**QUERY, "filters": [{"$eq": {"id": "nobody"}}]})
    assert answer.body == b"id,name,isOnHold,creditLimit,totalDue\r\n"


async def test_more_rows_than_a_file_takes_are_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intacct_sandbox.rest.exporting.MOST_ROWS", 10)
    assert (await export(api, "csv")).status == 400


@pytest.mark.parametrize(
    ("payload", "target"),
    [
        ([], "/"),
        ({"fileType": "doc", "query": QUERY}, "/fileType"),
        ({"fileType": "word", "query": QUERY}, "/fileType"),
        ({"fileType": "csv"}, "/query"),
        ({"fileType": "csv", "query": {**QUERY, "size": 3}}, "/query/size"),
        ({"fileType": "csv", "query": QUERY, "name": "x"}, "/name"),
    ],
)
async def test_what_is_no_export_is_refused(api: Api, payload: Any, target: str) -> None:
    answer = await api.post(EXPORT, payload)
    assert answer.status == 400
    assert answer.error["details"][0]["target"] == target


async def test_the_query_is_judged_as_the_query_service_judges_it(api: Api) -> None:
    for query in ({**QUERY, "fields": ["no"]}, {**QUERY, "surprise": 1}, {"object": "a/b", "fields": ["id"]}):
        answer, alone = await export(api, "csv", query), await api.query(query)
        assert (answer.status, answer.error["message"]) == (alone.status, alone.error["message"])
    assert (
        await export(api, "csv", {**QUERY, "object": "accounts-payable/bill"}, token=api.token("Clerk"))
    ).status == 403
