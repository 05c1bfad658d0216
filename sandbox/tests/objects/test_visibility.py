from sandbox.tests.objects.conftest import TODAY, Company

from intacct_sandbox.objects import Query, Scope, registry, run

VENDOR = registry.ALL["accounts-payable/vendor"]
BILL = registry.ALL["accounts-payable/bill"]


def fill(company: Company) -> None:
    writer = company.writer()
    for id_, entity, private in (("top", None, False), ("c", 0, False), ("e", 1, False), ("secret", 1, True)):
        key = company.entities[entity] if entity is not None else None
        writer.add("accounts-payable/vendor", {"id": id_}, entity_key=key, private=private)
        writer.add("accounts-payable/bill", {"billNumber": id_}, entity_key=key)
    writer.flush()


def vendors(company: Company, scope: Scope, *, include_private: bool = False) -> set[object]:
    query = Query(fields=("id",), include_private=include_private)
    return {row["id"] for row in run(company.store, VENDOR, query, scope, today=TODAY).rows}


def bills(company: Company, scope: Scope) -> set[object]:
    found = run(company.store, BILL, Query(fields=("billNumber",)), scope, today=TODAY)
    return {row["billNumber"] for row in found.rows}


def test_the_top_level_sees_all_entities_and_private_records_only_on_request(company: Company) -> None:
    fill(company)
    assert vendors(company, company.top) == {"top", "c", "e"}
    assert vendors(company, company.top, include_private=True) == {"top", "c", "e", "secret"}
    assert bills(company, company.top) == {"top", "c", "e", "secret"}


def test_an_entity_sees_its_own_and_what_is_shared(company: Company) -> None:
    fill(company)
    assert vendors(company, company.inside(0)) == {"top", "c"}
    assert vendors(company, company.inside(1)) == {"top", "e", "secret"}


def test_an_entity_sees_its_own_transactions_only(company: Company) -> None:
    fill(company)
    assert bills(company, company.inside(0)) == {"c"}
    assert bills(company, company.inside(2)) == set()


def test_transactions_of_the_top_level_can_be_shown_in_entities(company: Company) -> None:
    fill(company)
    scope = Scope(company_key=company.key, entity_key=company.entities[0], sees_top_level_transactions=True)
    assert bills(company, scope) == {"top", "c"}


def test_a_restricted_user_sees_the_allowed_entities_at_the_top_level(company: Company) -> None:
    fill(company)
    scope = Scope(company_key=company.key, allowed_entity_keys=(company.entities[0],))
    assert bills(company, scope) == {"top", "c"}


def test_a_user_allowed_nowhere_sees_the_top_level_only(company: Company) -> None:
    fill(company)
    scope = Scope(company_key=company.key, allowed_entity_keys=())
    assert bills(company, scope) == {"top"}


def test_another_company_sees_nothing(company: Company) -> None:
    fill(company)
    assert vendors(company, Scope(company_key=company.key + 1)) == set()
