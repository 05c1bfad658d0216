"""The business objects: what Sage's REST API shows of a company, as data files and a little code over SQLite.

    definitions    what an object is; `registry` holds all of them
    schema         the tables; `views` where `identity` keeps the records
    query          rows and columns of one object: the query service
    records        one record in full, pages of references
    rows           writing many records at once
    visibility     whose records a caller sees; `rights` whether any
    payloads       a record's JSON, read; `writing` creates, updates and deletes
    lagging        how reads fall behind writes, where they are told to
    keepers        how records that `identity` keeps are written
    behaviours     what follows from a write: totals, balance, states; `workflows` do the `actions`
    documents      bills, invoices, adjustments, advances by their names; `subledger` is their behaviour
    payments       what pays them: `applications` of amounts, `reversals`
    postings       what all of them have in the general ledger; `currencies` and their rates
    custom         what a company adds: fields, objects, dimensions
    singletons     objects of which a company has one record
    model          what the model service says of an object

Fields, filters, expressions and aggregates have modules of their own below `query`; so have the indexes that
queries of large companies ask for. Envelopes, permissions and HTTP are
`rest`'s affair.
"""

from intacct_sandbox.objects import custom, singletons
from intacct_sandbox.objects.behaviour import Author
from intacct_sandbox.objects.definitions import Definition
from intacct_sandbox.objects.errors import (
    BadAggregate,
    BadExpression,
    BadOperand,
    BadOrder,
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
from intacct_sandbox.objects.lagging import seen
from intacct_sandbox.objects.query import DEFAULT_SIZE, LARGEST_SIZE, Order, Page, Query, run
from intacct_sandbox.objects.records import get, references
from intacct_sandbox.objects.registry import ALL, find, find_short
from intacct_sandbox.objects.rights import may
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
    "BadAggregate",
    "BadExpression",
    "BadOperand",
    "BadOrder",
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
    "find_short",
    "get",
    "may",
    "references",
    "run",
    "seen",
    "singletons",
]
