from intacct_sandbox import identity, objects
from intacct_sandbox.objects import registry
from intacct_sandbox.objects.schema import column_of_reference, columns, own_columns
from intacct_sandbox.objects.views import VIEWS
from intacct_sandbox.store import Store


def test_making_the_tables_twice_is_no_error() -> None:
    store = Store()
    store.create(identity.SCHEMA)
    store.create(objects.SCHEMA)
    store.create(objects.SCHEMA)


def test_every_object_has_its_table_or_view_with_all_its_columns() -> None:
    store = Store()
    store.create(identity.SCHEMA)
    store.create(objects.SCHEMA)
    for definition in registry.ALL.values():
        names = [row["name"] for row in store.query(f"PRAGMA table_info({definition.table})")]
        assert names == [*own_columns(definition), *columns(definition)]
        kind = store.one("SELECT type FROM sqlite_master WHERE name = ?", (definition.table,))
        assert kind is not None
        assert kind["type"] == ("view" if definition.name in VIEWS else "table")


def test_the_entity_of_a_record_is_the_row_s_own_column() -> None:
    bill = registry.ALL["accounts-payable/bill"]
    assert column_of_reference(bill, "entity") == "entity_key"
    assert "entity" not in columns(bill)
    assert column_of_reference(bill, "vendor") == "vendor"


def test_every_index_starts_with_the_company() -> None:
    indexes = [line for line in objects.SCHEMA.splitlines() if line.startswith("CREATE INDEX")]
    assert indexes
    assert all("(company_key, " in line for line in indexes)
