"""Rows in another format than XML: `query` answers as JSON or CSV on request, with nothing around the rows.

Values are texts, as Sage documents it. That what is empty is null in JSON is what a client in the field goes
by; the media type of a CSV answer is a guess.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import orjson

Format = Literal["xml", "json", "csv"]
FORMATS: Final[tuple[Format, ...]] = ("xml", "json", "csv")


@dataclass(frozen=True, slots=True)
class Document:
    """A whole answer."""

    content: bytes
    media_type: str


def written(form: Format, names: Sequence[str], rows: Sequence[Sequence[str]]) -> Document:
    """Rows as a document.

    Args:
        form: Not `xml`.
        names: Of the columns.
        rows: The texts of each row, in the order of the names.
    """
    if form == "json":
        found = [{name: text or None for name, text in zip(names, row, strict=True)} for row in rows]
        return Document(orjson.dumps(found), "application/json")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return Document(text.getvalue().encode(), "text/csv")
