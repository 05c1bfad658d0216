"""Exports: all rows of a query as a file (`sage-intacct-rest.md` §6.7).

The rows are those of the query service, page by page. How Sage lays a file out is not known: a line of field
names and one line for each row is ours.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
import xlsxwriter
from fpdf import FPDF

from intacct_sandbox.objects import LARGEST_SIZE
from intacct_sandbox.rest import reading
from intacct_sandbox.rest.answers import Answer, Detail, payload_errors, payload_malformed, payload_missing
from intacct_sandbox.rest.callers import Caller, Sandbox
from intacct_sandbox.rest.printing import latin

EXPORT: Final = "services/core/export"
# What the sandbox writes into one file.
MOST_ROWS: Final = 100_000
MOST_ROWS_OF_PDF: Final = 5_000
_SAGE_TYPES: Final = ("pdf", "csv", "word", "xml", "xlsx")
_PDF_WIDTH_MM: Final = 277.0
_PDF_LINE_MM: Final = 6.0
_MM_OF_A_CHARACTER: Final = 1.5

Row = Mapping[str, Any]
Write = Callable[[str, Sequence[str], Sequence[Row], datetime], bytes]


def export(sandbox: Sandbox, caller: Caller, body: bytes) -> Answer:
    """`POST /services/core/export`: the file, or what the query service says against the query."""
    if not body.strip():
        return payload_missing(sandbox.ids, "POST")
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return payload_malformed(sandbox.ids)
    problem = _problem(asked)
    if problem is not None:
        return payload_errors(sandbox.ids, problem)
    file_type, query = asked["fileType"], asked["query"]
    most = MOST_ROWS_OF_PDF if file_type == "pdf" else MOST_ROWS
    rows = _rows(sandbox, caller, query, most)
    if isinstance(rows, Answer):
        return rows
    fields = list(dict.fromkeys(query["fields"]))
    media_type, write = _WRITERS[file_type]
    title = str(query["object"])
    content = write(title, fields, rows, sandbox.clock.now())
    name = "".join(letter if letter.isalnum() else "-" for letter in title.rpartition("/")[2])
    named = f'attachment; filename="{name}.{file_type}"'
    return Answer(200, content, {"content-type": media_type, "content-disposition": named})


def _problem(asked: object) -> Detail | None:
    if not isinstance(asked, dict):
        return Detail("An export is a JSON object", target="/")
    for name in asked:
        if name not in {"fileType", "query"}:
            return Detail(f"/{name} is not a valid field", target=f"/{name}")
    file_type = asked.get("fileType")
    if file_type not in _SAGE_TYPES:
        return Detail(f"/fileType must be one of {', '.join(_SAGE_TYPES)}", target="/fileType")
    if file_type not in _WRITERS:
        return Detail(f"This sandbox writes {', '.join(_WRITERS)} and not {file_type}", target="/fileType")
    query = asked.get("query")
    if not isinstance(query, dict):
        return Detail("/query must be a query", target="/query")
    for name in ("start", "size"):
        if name in query:
            return Detail(f"An export has no pages: {name} is not taken", target=f"/query/{name}")
    return None


def _rows(sandbox: Sandbox, caller: Caller, query: Row, most: int) -> list[Row] | Answer:
    rows: list[Row] = []
    start: int | None = 1
    while start is not None:
        page = reading.query(sandbox, caller, orjson.dumps({**query, "start": start, "size": LARGEST_SIZE}))
        if page.status != 200:
            return page
        body = orjson.loads(page.body)
        if body["ia::meta"]["totalCount"] > most:
            message = f"This sandbox writes {most} rows into such a file at most"
            return payload_errors(sandbox.ids, Detail(message, target="/query"))
        rows += body["ia::result"]
        start = body["ia::meta"]["next"]
    return rows


def _csv(_title: str, fields: Sequence[str], rows: Sequence[Row], _now: datetime) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(fields)
    writer.writerows([_text(row.get(field)) for field in fields] for row in rows)
    return text.getvalue().encode()


def _xlsx(title: str, fields: Sequence[str], rows: Sequence[Row], now: datetime) -> bytes:
    content = io.BytesIO()
    # Nothing of a record is a formula or an address, whatever it looks like.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"title": title, "created": now.replace(tzinfo=None)})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, fields, book.add_format({"bold": True}))
        for line, row in enumerate(rows, 1):
            for column, field in enumerate(fields):
                value = row.get(field)
                if isinstance(value, (bool, int, float)):
                    sheet.write(line, column, value)
                elif value is not None:
                    sheet.write_string(line, column, _text(value))
    return content.getvalue()


def _pdf(title: str, fields: Sequence[str], rows: Sequence[Row], now: datetime) -> bytes:
    document = FPDF(orientation="landscape", format="A4")
    document.set_creation_date(now)
    document.set_title(title)
    document.add_page()
    document.set_font("Helvetica", "B", 12)
    document.cell(0, _PDF_LINE_MM * 2, latin(title), new_x="LMARGIN", new_y="NEXT")
    width = _PDF_WIDTH_MM / len(fields)
    letters = max(1, int(width / _MM_OF_A_CHARACTER))
    document.set_font("Helvetica", "B", 8)
    _line(document, fields, width, letters)
    document.set_font("Helvetica", "", 8)
    for row in rows:
        _line(document, [_text(row.get(field)) for field in fields], width, letters)
    return bytes(document.output())


def _line(document: FPDF, texts: Sequence[str], width: float, letters: int) -> None:
    for text in texts:
        document.cell(width, _PDF_LINE_MM, latin(text[:letters]), border=1)
    document.ln()


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WRITERS: Final[Mapping[str, tuple[str, Write]]] = {
    "csv": ("text/csv; charset=utf-8", _csv),
    "xlsx": (_XLSX, _xlsx),
    "pdf": ("application/pdf", _pdf),
}
