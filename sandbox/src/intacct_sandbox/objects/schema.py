"""The SQLite tables of the objects: one per object, a typed column per stored path.

Rows are clustered by company and key; every index starts with the company, so the order "by this field,
then by key" of a query is an index scan. A reference is its target's key. Columns are named by their dotted
path as it is; the few others are the row's own: `company_key`, `key`, `entity_key` (the entity that owns
the record, NULL for the top level) and `private`.

Users, roles and entities are kept by `identity`; their tables here are views on its tables. GL detail is a
view on the ledger, and two tables of no object stand behind it: what subledgers posted, and what was applied.
"""

from collections.abc import Iterator
from typing import Final

from intacct_sandbox.objects.definitions import Definition
from intacct_sandbox.objects.general_ledger import detail
from intacct_sandbox.objects.kinds import COLUMN_TYPE
from intacct_sandbox.objects.registry import ALL
from intacct_sandbox.objects.views import VIEWS
from intacct_sandbox.store import Store

_SEQUENCES: Final = """
CREATE TABLE object_sequence (
    company_key INTEGER NOT NULL,
    object TEXT NOT NULL,
    last_key INTEGER NOT NULL,
    PRIMARY KEY (company_key, object)
) STRICT, WITHOUT ROWID;
"""

# What companies added themselves; `custom` reads and writes it.
_CUSTOM: Final = """
CREATE TABLE custom_definition (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    company_key INTEGER NOT NULL,
    kind TEXT NOT NULL,
    content TEXT NOT NULL
);
"""

# What payments and memos take from the open amounts of documents; `applications` writes it.
_APPLICATIONS: Final = """
CREATE TABLE subledger_application (
    company_key INTEGER NOT NULL,
    number INTEGER NOT NULL,
    payment TEXT NOT NULL,
    payment_key INTEGER NOT NULL,
    detail_key INTEGER NOT NULL,
    document TEXT NOT NULL,
    document_key INTEGER NOT NULL,
    line_key INTEGER NOT NULL,
    txn INTEGER NOT NULL,
    base INTEGER NOT NULL,
    is_posted INTEGER NOT NULL,
    PRIMARY KEY (company_key, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX subledger_application__payment ON subledger_application (company_key, payment, payment_key);
CREATE INDEX subledger_application__document ON subledger_application (company_key, document, document_key);
"""

_HAPPENINGS: Final = """
CREATE TABLE listened_object (
    company_key INTEGER NOT NULL,
    object_name TEXT NOT NULL,
    PRIMARY KEY (company_key, object_name)
);
CREATE TABLE happening (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    company_key INTEGER NOT NULL,
    entity_key INTEGER,
    user_id TEXT NOT NULL,
    object_name TEXT NOT NULL,
    record_key TEXT NOT NULL,
    record_id TEXT NOT NULL,
    event TEXT NOT NULL,
    at TEXT NOT NULL,
    record TEXT NOT NULL
);
"""

_ENTITY: Final = "company-config/entity"
# What a view has of a row's own columns where it says nothing.
_OWN_OF_VIEWS: Final = {"entity_key": "NULL", "private": "0"}


def column_of_reference(definition: Definition, path: str) -> str:
    """The column that holds a reference's key."""
    if path == "entity" and definition.references[path].target == _ENTITY:
        return "entity_key"
    return path


def columns(definition: Definition) -> dict[str, str]:
    """Names and types of the columns beside the row's own, in the order of the definition."""
    fields = {
        path: COLUMN_TYPE[field.kind] for path, field in definition.fields.items() if field.computed is None
    }
    references = {
        path: "INTEGER"
        for path in definition.references
        if column_of_reference(definition, path) != "entity_key"
    }
    # What is neither a record of its own nor owned is kept as it was given; references as keys.
    listed = {path: "TEXT" for path, one in definition.lists.items() if not one.owned}
    return fields | references | listed


def own_columns(definition: Definition) -> tuple[str, ...]:
    """The row's own columns, which no path names."""
    common = ("company_key", "key", "entity_key", "private")
    return (*common, "document") if definition.typed_methods else common


def indexed(definition: Definition) -> list[tuple[str, ...]]:
    """The columns of each index that a table has from the start, beside company and key."""
    wanted = list(definition.indexes)
    wanted += [(path,) for path in ("id", "audit.modifiedDateTime") if path in columns(definition)]
    if definition.owner is not None:
        wanted.append((definition.owner,))
    return wanted


def quoted(name: str) -> str:
    """A column or table name as SQL writes it."""
    return f'"{name}"'


def create_table(store: Store, definition: Definition) -> None:
    """Make the table of an object that is not registered, where it is not there yet."""
    for statement in (_table(definition), *_indexes(definition)):
        store.execute(
            statement.replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ").replace(
                "CREATE INDEX ", "CREATE INDEX IF NOT EXISTS "
            )
        )


def _statements() -> Iterator[str]:
    yield _SEQUENCES
    yield _CUSTOM
    yield _APPLICATIONS
    yield detail.TABLES
    yield _HAPPENINGS
    for definition in ALL.values():
        if definition.name in VIEWS:
            yield _view(definition)
        else:
            yield _table(definition)
            yield from _indexes(definition)


def _table(definition: Definition) -> str:
    own = [
        "company_key INTEGER NOT NULL",
        "key INTEGER NOT NULL",
        "entity_key INTEGER",
        "private INTEGER NOT NULL DEFAULT 0",
    ]
    if definition.typed_methods:
        own.append("document TEXT")
    named = [f"{quoted(name)} {kind}" for name, kind in columns(definition).items()]
    body = ",\n    ".join([*own, *named, "PRIMARY KEY (company_key, key)"])
    return f"CREATE TABLE {definition.table} (\n    {body}\n) STRICT, WITHOUT ROWID;\n"


def _indexes(definition: Definition) -> Iterator[str]:
    for number, paths in enumerate(indexed(definition), 1):
        listed = ", ".join(["company_key", *map(quoted, paths)])
        yield f"CREATE INDEX {definition.table}__{number} ON {definition.table} ({listed});\n"


def _view(definition: Definition) -> str:
    source, provided = VIEWS[definition.name]
    own = ["company_key AS company_key", "key AS key"]
    own += [f"{provided.get(name, absent)} AS {name}" for name, absent in _OWN_OF_VIEWS.items()]
    named = [f"{provided.get(name, 'NULL')} AS {quoted(name)}" for name in columns(definition)]
    body = ",\n    ".join([*own, *named])
    return f"CREATE VIEW {definition.table} AS SELECT\n    {body}\nFROM {source};\n"


SCHEMA: Final = "".join(_statements())
