"""Printed invoices: the PDF that `generate-pdf` makes of one, and where it is fetched.

Sage's example answers with a `downloadURL`, which is a field of the invoice too. What the document looks
like, how long it can be fetched and by whom is not known: the layout is ours, a document stays until the next
one of its invoice, and the quirk `invoice-pdf-download` says whether its address is enough.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from fpdf import FPDF

from intacct_sandbox import objects
from intacct_sandbox.objects import registry
from intacct_sandbox.rest.answers import Answer
from intacct_sandbox.rest.callers import Caller, Sandbox
from intacct_sandbox.store import Store

SCHEMA: Final = """
CREATE TABLE printed_invoice (
    company_key INTEGER NOT NULL,
    invoice_key INTEGER NOT NULL,
    token TEXT NOT NULL UNIQUE,
    content BLOB NOT NULL,
    PRIMARY KEY (company_key, invoice_key)
);
"""
INVOICE: Final = "accounts-receivable/invoice"
ACTION: Final = "generate-pdf"
PRINTED: Final = "services/accounts-receivable/invoice/printed"
_TOKEN_LETTERS: Final = 43
_HEIGHT_MM: Final = 7.0
_WIDTHS_MM: Final = (15.0, 95.0, 45.0, 35.0)
_HEAD: Final = ("Line", "Memo", "Account", "Amount")
_LETTERS: Final = 50

Json = Mapping[str, Any]


def print_invoice(sandbox: Sandbox, caller: Caller, key: str, base: str) -> str:
    """Print an invoice in place of what was printed of it before, and tell the address.

    Args:
        sandbox: The state.
        caller: Who asks, and whose company's invoice it is.
        key: The key of an invoice that the caller sees.
        base: The API's address, as the caller knows it.
    """
    definition = registry.ALL[INVOICE]
    invoice = objects.get(sandbox.store, definition, key, caller.scope, today=sandbox.clock.now().date())
    token = sandbox.ids.token(_TOKEN_LETTERS)
    company = caller.access.company
    content = _pdf(company.title, invoice or {}, sandbox.clock.now())
    sandbox.store.execute(
        "INSERT OR REPLACE INTO printed_invoice (company_key, invoice_key, token, content)"
        " VALUES (?, ?, ?, ?)",
        (company.key, int(key), token, content),
    )
    address = f"{base}/{PRINTED}/{token}"
    sandbox.store.execute(
        f'UPDATE {definition.table} SET "downloadURL" = ? WHERE company_key = ? AND key = ?',  # noqa: S608 - own names
        (address, company.key, int(key)),
    )
    return address


def fetch(store: Store, token: str, company_key: int | None = None) -> Answer | None:
    """The printed document of a token; None where there is none.

    Args:
        store: Holds the documents.
        token: The end of the address.
        company_key: Whose it has to be, where that is asked.
    """
    row = store.one("SELECT company_key, content FROM printed_invoice WHERE token = ?", (token,))
    if row is None or company_key not in {None, row["company_key"]}:
        return None
    named = 'attachment; filename="invoice.pdf"'
    return Answer(200, row["content"], {"content-type": "application/pdf", "content-disposition": named})


def _pdf(title: str, invoice: Json, now: datetime) -> bytes:
    document = FPDF(format="A4")
    document.set_creation_date(now)
    document.set_title(f"Invoice {invoice.get('invoiceNumber') or ''}")
    document.add_page()
    document.set_font("Helvetica", "B", 16)
    _line(document, title)
    document.set_font("Helvetica", "", 10)
    for text in _facts(invoice):
        _line(document, text)
    document.ln()
    document.set_font("Helvetica", "B", 9)
    _cells(document, _HEAD)
    document.set_font("Helvetica", "", 9)
    for one in invoice.get("lines") or []:
        account = f"{one['glAccount']['id'] or ''} {one['glAccount']['name'] or ''}"
        _cells(document, (one.get("lineNumber"), one.get("memo"), account, one.get("txnAmount")))
    document.ln()
    document.set_font("Helvetica", "B", 10)
    currency = (invoice.get("currency") or {}).get("txnCurrency") or ""
    _line(document, f"Total {invoice.get('totalTxnAmount')} {currency}")
    _line(document, f"Due {invoice.get('totalTxnAmountDue')} {currency}")
    return bytes(document.output())


def _facts(invoice: Json) -> list[str]:
    customer = invoice.get("customer") or {}
    return [
        f"Invoice {invoice.get('invoiceNumber') or ''}, {invoice.get('state')}",
        f"Customer {customer.get('id') or ''} {customer.get('name') or ''}",
        f"Date {invoice.get('invoiceDate') or ''}, due {invoice.get('dueDate') or ''}",
        f"Reference {invoice.get('referenceNumber') or ''}",
    ]


def _line(document: FPDF, text: str) -> None:
    document.cell(0, _HEIGHT_MM, latin(text), new_x="LMARGIN", new_y="NEXT")


def _cells(document: FPDF, values: tuple[object, ...]) -> None:
    for width, value in zip(_WIDTHS_MM, values, strict=True):
        text = "" if value is None else str(value)
        document.cell(width, _HEIGHT_MM, latin(text[: int(_LETTERS * width / max(_WIDTHS_MM))]), border=1)
    document.ln()


def latin(text: str) -> str:
    """The letters that a PDF's own fonts have."""
    return text.encode("latin-1", "replace").decode("latin-1")
