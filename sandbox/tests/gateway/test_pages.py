from dataclasses import replace

from intacct_sandbox.gateway.legacy import find
from intacct_sandbox.gateway.pages import Rest, Rests
from intacct_sandbox.objects import Query

REST = Rest(company_key=1, legacy=find("VENDOR"), fields=(), query=Query(fields=()))


def test_a_rest_is_found_by_its_company_only() -> None:
    rests = Rests()
    rests.keep("a", REST)
    assert rests.find("a", 1) == REST
    assert rests.find("a", 2) is None


def test_the_oldest_is_forgotten_first() -> None:
    rests = Rests(most=2)
    for result_id in ("a", "b", "a", "c"):
        rests.keep(result_id, REST)
    assert [rests.find(result_id, 1) is not None for result_id in "abc"] == [True, False, True]


def test_the_last_rest_of_an_object_is_found_without_its_id() -> None:
    rests = Rests()
    for result_id in ("a", "b"):
        rests.keep(result_id, REST)
    rests.keep("c", replace(REST, legacy=find("CLASS")))
    rests.keep("d", replace(REST, company_key=2))
    assert rests.last_of(1, "vendor") == ("b", REST)
    assert rests.last_of(1, "APBILL") is None


def test_what_is_read_to_its_end_is_forgotten() -> None:
    rests = Rests()
    rests.keep("a", REST)
    rests.forget("a")
    rests.forget("a")
    assert rests.find("a", 1) is None
