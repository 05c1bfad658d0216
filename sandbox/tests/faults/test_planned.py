import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.faults import Fault, FaultKind, Faults
from intacct_sandbox.faults.planned import MEANINGS, MOST_FAULTS, read

VENDORS = "/ia/api/v1/objects/accounts-payable/vendor"
CUT = Fault(kind=FaultKind.CUT)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def read_now(wanted: dict[str, Any]) -> Fault:
    return read(wanted, NOW)


def kinds(faults: tuple[Fault, ...]) -> list[str]:
    return [fault.kind for fault in faults]


def test_a_fault_is_for_the_requests_it_names() -> None:
    fault = read_now({"kind": "cut", "method": "post", "path": "/ia/api/v1/objects/", "company": "MyCompany"})
    assert fault.is_for("POST", VENDORS, "MyCompany")
    assert not fault.is_for("GET", VENDORS, "MyCompany")
    assert not fault.is_for("POST", "/ia/xml/xmlgw.phtml", "MyCompany")
    assert not fault.is_for("POST", VENDORS, "SoloCo")
    assert not fault.is_for("POST", VENDORS, None)


def test_a_fault_without_names_is_for_all_of_sages_paths() -> None:
    assert read_now({"kind": "cut"}).is_for("GET", VENDORS, None)


def test_a_count_is_used_up() -> None:
    faults = Faults()
    faults.plan(Fault(kind=FaultKind.CUT, count=2))
    assert [kinds(faults.take("GET", VENDORS, None)) for _ in range(3)] == [["cut"], ["cut"], []]
    assert faults.every() == ()


def test_a_fault_without_a_count_stays_and_says_how_often_it_was() -> None:
    faults = Faults()
    faults.plan(CUT)
    for _ in range(3):
        faults.take("GET", VENDORS, None)
    [planned] = faults.every()
    assert (planned.left, planned.hits) == (None, 3)


def test_latencies_come_before_the_first_other_fault() -> None:
    faults = Faults()
    late = Fault(kind=FaultKind.LATENCY, latency_ms=1)
    for fault in (late, late, CUT, Fault(kind=FaultKind.HTML)):
        faults.plan(fault)
    assert kinds(faults.take("GET", VENDORS, None)) == ["latency", "latency", "cut"]
    assert [planned.hits for planned in faults.every()] == [1, 1, 1, 0]


def test_the_company_is_asked_for_only_where_it_matters() -> None:
    faults = Faults()
    faults.plan(CUT)
    assert not faults.wants_company("GET", VENDORS)
    faults.plan(Fault(kind=FaultKind.CUT, company="MyCompany", method="POST"))
    assert faults.wants_company("POST", VENDORS)
    assert not faults.wants_company("GET", VENDORS)


def test_a_fault_is_taken_off_the_list_by_its_number() -> None:
    faults = Faults()
    numbers = [faults.plan(CUT).number for _ in range(2)]
    faults.remove(numbers[0])
    assert [planned.number for planned in faults.every()] == numbers[1:]
    with pytest.raises(UnknownThing):
        faults.remove(numbers[0])


def test_there_is_an_end_to_faults() -> None:
    faults = Faults()
    for _ in range(MOST_FAULTS):
        faults.plan(CUT)
    with pytest.raises(InvalidInput):
        faults.plan(CUT)


def test_a_list_is_restored() -> None:
    faults = Faults()
    faults.plan(Fault(kind=FaultKind.CUT, count=1))
    before = faults.every()
    faults.take("GET", VENDORS, None)
    faults.restore(before)
    assert faults.every() == before


def test_every_kind_says_what_it_means() -> None:
    assert set(MEANINGS) == set(FaultKind)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "kind"),
        ({"kind": "fire"}, "kind"),
        ({"kind": ["cut"]}, "kind"),
        ({"kind": "cut", "paths": "/ia/"}, "paths"),
        ({"kind": "cut", "path": "/_sandbox/reset"}, "path"),
        ({"kind": "cut", "path": "/"}, "path"),
        ({"kind": "cut", "method": "BREW"}, "method"),
        ({"kind": "cut", "company": 7}, "company"),
        ({"kind": "cut", "count": 0}, "count"),
        ({"kind": "cut", "count": True}, "count"),
        ({"kind": "cut", "status": 500}, "status"),
        ({"kind": "cut", "after_bytes": -1}, "after_bytes"),
        ({"kind": "latency"}, "latency_ms"),
        ({"kind": "latency", "latency_ms": 10**9}, "latency_ms"),
        ({"kind": "status"}, "status"),
        ({"kind": "status", "status": 99}, "status"),
        ({"kind": "status", "status": 204}, "status"),
        ({"kind": "html", "retry_after_seconds": 1}, "retry_after_seconds"),
        ({"kind": "maintenance", "for_seconds": 0}, "for_seconds"),
        ({"kind": "maintenance", "for_seconds": 10**9}, "for_seconds"),
    ],
)
def test_nonsense_is_refused_by_its_name(wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_now(wanted)
    assert refused.value.field == field


@given(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(list(FaultKind))},
        optional={
            name: st.none() | st.integers() | st.text(max_size=10) | st.lists(st.integers(), max_size=1)
            for name in (
                "method",
                "path",
                "company",
                "count",
                "latency_ms",
                "status",
                "after_bytes",
                "for_seconds",
            )
        },
    )
)
def test_any_json_is_a_fault_on_sages_paths_or_refused(wanted: dict[str, Any]) -> None:
    try:
        fault = read_now(wanted)
    except InvalidInput:
        return
    assert fault.path.startswith("/ia/")


def test_a_fault_is_over_at_its_end_and_not_before() -> None:
    faults = Faults()
    faults.plan(read_now({"kind": "maintenance", "for_seconds": 60}))
    faults.plan(CUT)
    faults.end(NOW + timedelta(seconds=59))
    assert len(faults.every()) == 2
    faults.end(NOW + timedelta(seconds=60))
    assert [one.fault for one in faults.every()] == [CUT]


async def test_what_is_held_up_goes_on_when_the_list_is_cleared() -> None:
    faults = Faults()
    held = asyncio.gather(faults.hold(600), faults.hold(600))
    await asyncio.sleep(0)
    assert not held.done()
    faults.clear()
    await held


async def test_what_is_held_up_goes_on_when_its_time_is_over() -> None:
    await Faults().hold(0.01)
