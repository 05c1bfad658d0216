import csv
import io

import orjson
import pytest
from httpx2 import Response
from sandbox.tests.gateway.asking import PATH, ask, data, failure, login, request_xml, texts
from starlette.testclient import TestClient

from intacct_sandbox.gateway.documents import Document, written

SELECT = "<select><field>VENDORID</field><field>NAME</field><field>TERMNAME</field></select>"


def query(form: str, select: str = SELECT) -> str:
    options = f"<options><returnformat>{form}</returnformat></options>"
    return f"<query><object>VENDOR</object>{select}{options}</query>"


def answered(http: TestClient, *functions: str) -> Response:
    return http.post(PATH, content=request_xml(login(), *functions))


def test_rows_are_json_of_texts_with_nothing_around_them(http: TestClient) -> None:
    answer = answered(http, query("JSON"))
    assert answer.headers["content-type"] == "application/json"
    rows = orjson.loads(answer.content)
    as_xml = data(http, query("xml"))
    assert [row["VENDORID"] for row in rows] == texts(as_xml, "VENDOR/VENDORID")
    for row, element in zip(rows, as_xml, strict=True):
        assert list(row) == [one.tag for one in element]
        assert list(row.values()) == [one.text for one in element]


def test_rows_are_csv_under_a_line_of_names(http: TestClient) -> None:
    answer = answered(http, query("csv"))
    assert answer.headers["content-type"].startswith("text/csv")
    names, *rows = csv.reader(io.StringIO(answer.text))
    assert names == ["VENDORID", "NAME", "TERMNAME"]
    assert len(rows) == int(data(http, query("xml")).get("count", ""))


def test_aggregates_are_called_as_in_xml(http: TestClient) -> None:
    answer = answered(http, query("json", "<select><count>RECORDNO</count></select>"))
    assert orjson.loads(answer.content) == [{"COUNT.RECORDNO": "40"}]


def test_a_failure_is_xml_whatever_was_asked_for(http: TestClient) -> None:
    assert failure(http, query("json", "<select><field>HORN</field></select>"))[0] == "DL02000001"
    assert "yaml" in failure(http, query("yaml"))[1]


def test_beside_another_function_there_is_xml_only(http: TestClient) -> None:
    answer = ask(http, login(), query("json"), query("xml"))
    statuses = [result.findtext("status") for result in answer.root.iterfind("operation/result")]
    assert statuses == ["failure", "success"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("json", Document(b'[{"A":"1","B":null},{"A":"x, \\"y\\"","B":"z"}]', "application/json")),
        ("csv", Document(b'A,B\n1,\n"x, ""y""",z\n', "text/csv")),
    ],
)
def test_a_document_is_written(form: str, expected: Document) -> None:
    rows = [["1", ""], ['x, "y"', "z"]]
    assert written("json" if form == "json" else "csv", ["A", "B"], rows) == expected
