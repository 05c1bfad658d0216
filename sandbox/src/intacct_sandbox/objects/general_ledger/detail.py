"""GL detail as tables: what subledgers post, and the view that puts it beside the lines of journal entries.

Sage's own GL detail is a view as well (developer.intacct.com, General Ledger Detail). Rows of `gl_posting`
are written by `postings`; nothing else writes them. No object is known here.
"""

from typing import Final

DIMENSIONS: Final = (
    "department",
    "location",
    "customer",
    "vendor",
    "employee",
    "item",
    "project",
    "class",
)
# Keys of postings begin where no journal entry line's key will get to.
FIRST_KEY: Final = 10**12

# States of an entry whose lines are in the ledger.
_IN_THE_LEDGER: Final = "('posted', 'reversed')"

_DIMENSION_COLUMNS: Final = tuple(f"dimensions.{name}" for name in DIMENSIONS)

TABLES: Final = (
    """
CREATE TABLE gl_posting (
    company_key INTEGER NOT NULL,
    key INTEGER NOT NULL,
    entity_key INTEGER,
    source TEXT NOT NULL,
    source_key INTEGER NOT NULL,
    source_line INTEGER,
    module TEXT NOT NULL,
    document TEXT,
    posted_on TEXT NOT NULL,
    account INTEGER NOT NULL,
    side TEXT NOT NULL,
    base INTEGER NOT NULL,
    txn INTEGER NOT NULL,
    base_currency TEXT NOT NULL,
    txn_currency TEXT NOT NULL,
    memo TEXT,
    created_at TEXT NOT NULL,
"""
    + "".join(f'    "{name}" INTEGER,\n' for name in _DIMENSION_COLUMNS)
    + """    PRIMARY KEY (company_key, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX gl_posting__source ON gl_posting (company_key, source, source_key);
CREATE INDEX gl_posting__account ON gl_posting (company_key, account, posted_on);
CREATE INDEX gl_posting__day ON gl_posting (company_key, posted_on);
"""
)


def _listed(prefix: str) -> str:
    return ", ".join(f'{prefix}."{name}"' for name in _DIMENSION_COLUMNS)


# Only names of this module are written into the statement.
SOURCE: Final = (
    "(SELECT l.company_key, l.key, l.entity_key, l.private, e.postingDate AS posted_on,"  # noqa: S608 - own names
    " e.moduleName AS module, l.journalEntry AS entry, NULL AS source, NULL AS source_key,"
    " coalesce(l.documentId, e.referenceNumber) AS document, l.glAccount AS account, l.txnType AS side,"
    ' l.baseAmount AS base, l.txnAmount AS txn, l."currency.baseCurrency" AS base_currency,'
    ' l."currency.txnCurrency" AS txn_currency, l.description AS memo,'
    f' l."audit.createdDateTime" AS created_at, {_listed("l")}'
    " FROM general_ledger__journal_entry_line AS l JOIN general_ledger__journal_entry AS e"
    " ON e.company_key = l.company_key AND e.key = l.journalEntry"
    f" WHERE e.state IN {_IN_THE_LEDGER}"
    " UNION ALL SELECT p.company_key, p.key, p.entity_key, 0, p.posted_on, p.module, NULL, p.source,"
    " p.source_key, p.document, p.account, p.side, p.base, p.txn, p.base_currency, p.txn_currency, p.memo,"
    f" p.created_at, {_listed('p')} FROM gl_posting AS p)"
)

# Column of the object -> its SQL over `SOURCE`.
COLUMNS: Final = {
    "entity_key": "entity_key",
    "private": "private",
    "postingDate": "posted_on",
    "moduleName": "module",
    "documentNumber": "document",
    "description": "memo",
    "txnType": "side",
    "baseAmount": "base",
    "txnAmount": "txn",
    "amount": "CASE side WHEN 'debit' THEN base ELSE -base END",
    "debitAmount": "CASE side WHEN 'debit' THEN base END",
    "creditAmount": "CASE side WHEN 'credit' THEN base END",
    "currency.baseCurrency": "base_currency",
    "currency.txnCurrency": "txn_currency",
    "source.object": "source",
    "source.key": "CAST(source_key AS TEXT)",
    "createdDateTime": "created_at",
    "journalEntry": "entry",
    "glAccount": "account",
    **{name: f'"{name}"' for name in _DIMENSION_COLUMNS},
}
