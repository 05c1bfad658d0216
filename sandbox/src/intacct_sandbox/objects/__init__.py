"""The business objects: what Sage's REST API shows of a company, as data files and a little code over SQLite.

    definitions    what an object is; `registry` holds all of them
    schema         the tables; `views` where `identity` keeps the records
    query          rows and columns of one object: the query service
    records        one record in full, pages of references
    rows           writing many records at once
    visibility     whose records a caller sees
    payloads       a record's JSON, read; `writing` creates, updates and deletes
    behaviours     what follows from a write: totals, balance, states; `workflows` do the `actions`
    documents      bills, invoices, adjustments, advances by their names; `subledger` is their behaviour
    payments       what pays them: `applications` of amounts, `reversals`
    postings       what all of them have in the general ledger; `currencies` and their rates
    custom         what a company adds: fields, objects, dimensions
    model          what the model service says of an object

Fields, filters and expressions have modules of their own below `query`. Envelopes, permissions and HTTP are
`rest`'s affair.
"""

from intacct_sandbox.objects import custom
from intacct_sandbox.objects.behaviour import Author
from intacct_sandbox.objects.definitions import Definition
from intacct_sandbox.objects.errors import (
    BadExpression,
    BadOperand,
    BadPayload,
    KeptElsewhere,
    NoSuchRecord,
    ObjectsError,
    RuleBroken,
    Taken,
    TooComplex,
    UnknownField,
    UnqueryableField,
)
from intacct_sandbox.objects.filters import OPERATORS, Filter
from intacct_sandbox.objects.query import DEFAULT_SIZE, LARGEST_SIZE, Order, Page, Query, run
from intacct_sandbox.objects.records import get, references
from intacct_sandbox.objects.registry import ALL, find
from intacct_sandbox.objects.rows import RowWriter, Stamp
from intacct_sandbox.objects.schema import SCHEMA
from intacct_sandbox.objects.visibility import Scope
from intacct_sandbox.objects.writing import Changes, Written

__all__ = [
    "ALL",
    "DEFAULT_SIZE",
    "LARGEST_SIZE",
    "OPERATORS",
    "SCHEMA",
    "Author",
    "BadExpression",
    "BadOperand",
    "BadPayload",
    "Changes",
    "Definition",
    "Filter",
    "KeptElsewhere",
    "NoSuchRecord",
    "ObjectsError",
    "Order",
    "Page",
    "Query",
    "RowWriter",
    "RuleBroken",
    "Scope",
    "Stamp",
    "Taken",
    "TooComplex",
    "UnknownField",
    "UnqueryableField",
    "Written",
    "custom",
    "find",
    "get",
    "references",
    "run",
]
