import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox.tests.conftest import START

from intacct_sandbox.app import Sandbox
from intacct_sandbox.control.plane import Plane, Start, moment
from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.faults import ALL
from intacct_sandbox.fixtures.guide import CLIENT_ID
from intacct_sandbox.identity import companies, developers


@pytest.fixture
def plane(sandbox: Sandbox) -> Plane:
    return Plane(
        sandbox.store,
        sandbox.clock,
        sandbox.ids,
        sandbox.quirks,
        sandbox.faults,
        sandbox.log,
        Start(fixture="guide"),
    )


def test_a_client_gets_redirect_uris_that_the_console_would_refuse(plane: Plane, sandbox: Sandbox) -> None:
    wanted = {"client_id": CLIENT_ID, "redirect_uris": ["http://127.0.0.1:3003/oauth/callback"]}
    assert plane.register_redirects(wanted) == wanted
    client = developers.find_client(sandbox.store, CLIENT_ID)
    assert client is not None
    assert client.redirect_uris == ("http://127.0.0.1:3003/oauth/callback",)


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({}, InvalidInput),
        ({"client_id": CLIENT_ID}, InvalidInput),
        ({"client_id": CLIENT_ID, "redirect_uris": "http://a"}, InvalidInput),
        ({"client_id": CLIENT_ID, "redirect_uris": [""]}, InvalidInput),
        ({"client_id": CLIENT_ID, "redirect_uris": [], "more": 1}, InvalidInput),
        ({"client_id": "nobody", "redirect_uris": []}, UnknownThing),
    ],
)
def test_redirect_uris_need_a_client_and_a_list(
    plane: Plane, wanted: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        plane.register_redirects(wanted)


def test_a_reset_undoes_everything(plane: Plane, sandbox: Sandbox) -> None:
    before = plane.reset()
    companies.create(sandbox.store, company_id="Added", title="Added")
    sandbox.quirks.set("client-scope-check", "off")
    plane.plan_fault({"kind": "cut"})
    sandbox.log.add(time=START, method="GET", path="/ia/x", status=200, facts={})
    sandbox.clock.stop_at(START)
    after = plane.reset()
    assert {**after, "now": ""} == {**before, "now": ""}
    assert sandbox.quirks.value("client-scope-check") == "on"
    assert sandbox.clock.now() > START


def test_a_reset_goes_back_to_the_fixture_loaded_last(plane: Plane) -> None:
    assert plane.load({"name": "empty"})["fixture"] == "empty"
    assert plane.reset()["developers"] == 0


def test_a_fixture_leaves_clock_quirks_and_log_alone(plane: Plane, sandbox: Sandbox) -> None:
    sandbox.quirks.set("client-scope-check", "off")
    sandbox.log.add(time=START, method="GET", path="/ia/x", status=200, facts={})
    plane.load({"name": "empty"})
    assert sandbox.quirks.value("client-scope-check") == "off"
    assert sandbox.clock.now() == START
    assert len(sandbox.log.entries()) == 1


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "name"),
        ({"name": "none"}, "name"),
        ({"name": ["guide"]}, "name"),
        ({"x": 1}, "x"),
        ({"name": "guide", "lines": 10}, "lines"),
        ({"name": "ledger", "lines": 1}, "lines"),
        ({"name": "ledger", "lines": True}, "lines"),
    ],
)
def test_an_unknown_fixture_changes_nothing(
    wanted: dict[str, Any], field: str, plane: Plane, sandbox: Sandbox
) -> None:
    before = sandbox.store.snapshot()
    with pytest.raises(InvalidInput) as refused:
        plane.load(wanted)
    assert refused.value.field == field
    assert sandbox.store.snapshot() == before


def test_the_clock_is_advanced_stopped_and_set_free(plane: Plane) -> None:
    assert plane.clock() == {"now": START.isoformat()}
    assert plane.move_clock({"advance_seconds": 46800})["now"] == (START + timedelta(hours=13)).isoformat()
    assert plane.move_clock({"advance_seconds": -0.5})["now"].startswith("2026-03-02T22:29:59.5")
    assert plane.move_clock({"stop_at": "2030-01-01T01:00:00+01:00"})["now"] == "2030-01-01T00:00:00+00:00"
    assert not plane.move_clock({"reset": True})["now"].startswith("2030")


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"advance_seconds": 1, "reset": True},
        {"advance_seconds": "1"},
        {"advance_seconds": True},
        {"advance_seconds": None},
        {"advance_seconds": math.nan},
        {"advance_seconds": math.inf},
        {"advance_seconds": 10**30},
        {"stop_at": "tomorrow"},
        {"stop_at": "2030-01-01T00:00:00"},
        {"stop_at": 7},
        {"stop_at": "9999-12-31T23:59:59Z"},
        {"stop_at": "0001-01-01T00:00:00+23:00"},
        {"advance_seconds": -60 * 366 * 86400},
        {"reset": False},
        {"reset": 1},
        {"speed": 2},
    ],
)
def test_a_clock_is_not_moved_by_nonsense(wanted: dict[str, Any], plane: Plane) -> None:
    with pytest.raises(InvalidInput):
        plane.move_clock(wanted)
    assert plane.clock() == {"now": START.isoformat()}


def test_quirks_are_told_with_what_is_known(plane: Plane) -> None:
    told = plane.quirks()["quirks"]
    assert [quirk["name"] for quirk in told] == [quirk.name for quirk in ALL]
    assert all(quirk["value"] == quirk["default"] for quirk in told)
    assert all(quirk["allowed"] and quirk["meaning"] and quirk["evidence"] for quirk in told)


def values(answer: dict[str, Any]) -> dict[str, str]:
    return {quirk["name"]: quirk["value"] for quirk in answer["quirks"] if quirk["value"] != quirk["default"]}


def test_quirks_are_added_to_or_replaced(plane: Plane) -> None:
    plane.set_quirks({"client-scope-check": "off"}, replace=False)
    both = plane.set_quirks({"access-token-lifetime-seconds": 60}, replace=False)
    assert values(both) == {"client-scope-check": "off", "access-token-lifetime-seconds": "60"}
    one = plane.set_quirks({"refresh-token-rotation": "strict"}, replace=True)
    assert values(one) == {"refresh-token-rotation": "strict"}
    assert values(plane.set_quirks({}, replace=True)) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"gravity": "off"},
        {"client-scope-check": "perhaps"},
        {"client-scope-check": True},
        {"client-scope-check": None},
        {"access-token-lifetime-seconds": 0},
        {"access-token-lifetime-seconds": 1.5},
    ],
)
@pytest.mark.parametrize("replace", [True, False])
def test_one_wrong_quirk_changes_none(wrong: dict[str, Any], replace: bool, plane: Plane) -> None:
    plane.set_quirks({"refresh-token-rotation": "rotate"}, replace=False)
    with pytest.raises(InvalidInput) as refused:
        plane.set_quirks({"invalid-grant-status": "400", **wrong}, replace=replace)
    assert refused.value.field in wrong
    assert values(plane.quirks()) == {"refresh-token-rotation": "rotate"}


def test_the_state_tells_how_much_there_is(plane: Plane) -> None:
    state = plane.state()
    assert state["companies"][0] == {"id": "MyCompany", "is_production": True, "entities": 3, "users": 4}
    assert state["rows"]["accounts_payable__vendor"] == 40
    assert (state["developers"], state["requests"], state["seed"]) == (1, 0, 7)


def test_a_moment_is_told_in_utc() -> None:
    here = datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=5)))
    assert moment("since", here.isoformat()) == datetime(2026, 1, 31, 7, tzinfo=UTC)


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    try:
        read = moment("since", text)
    except InvalidInput:
        return
    assert read.tzinfo is UTC


def test_a_ledger_of_a_size_is_loaded_and_reset_to(plane: Plane, sandbox: Sandbox) -> None:
    # The guide dates its books by the clock, which a reset sets free.
    before = plane.reset()["rows"]["general_ledger__journal_entry_line"]
    loaded = plane.load({"name": "ledger", "lines": 50})
    sandbox.store.execute("DELETE FROM general_ledger__journal_entry_line")
    again = plane.reset()
    for state in (loaded, again):
        assert state["rows"]["general_ledger__journal_entry_line"] == before + 50


def test_a_restore_brings_everything_back_but_the_request_log(plane: Plane, sandbox: Sandbox) -> None:
    sandbox.quirks.set("client-scope-check", "off")
    plane.plan_fault({"kind": "html", "count": 2})
    plane.take_snapshot({"name": "mine"})
    before, next_id = plane.state(), sandbox.ids.uuid()
    sandbox.log.add(time=START, method="GET", path="/ia/x", status=200, facts={})
    companies.create(sandbox.store, company_id="Added", title="Added")
    sandbox.clock.advance(timedelta(days=1))
    plane.set_quirks({"invalid-grant-status": "400"}, replace=True)
    plane.clear_faults()
    after = plane.restore({"name": "mine"})
    assert after == {**before, "requests": 1}
    assert values(plane.quirks()) == {"client-scope-check": "off"}
    assert [one["kind"] for one in plane.faults()["faults"]] == ["html"]
    assert sandbox.ids.uuid() == next_id


def test_a_restore_goes_back_to_another_fixture_as_well(plane: Plane) -> None:
    plane.take_snapshot({"name": "full"})
    plane.load({"name": "empty"})
    assert plane.restore({"name": "full"})["fixture"] == "guide"
    assert plane.reset()["developers"] == 1


def test_a_snapshot_is_replaced_and_forgotten(plane: Plane, sandbox: Sandbox) -> None:
    plane.take_snapshot({"name": "mine"})
    sandbox.clock.advance(timedelta(hours=1))
    [held] = plane.take_snapshot({"name": "mine"})["snapshots"]
    assert (held["name"], held["taken_at"]) == ("mine", (START + timedelta(hours=1)).isoformat())
    assert plane.delete_snapshot("mine") == {"snapshots": []}
    with pytest.raises(UnknownThing):
        plane.delete_snapshot("mine")


@pytest.mark.parametrize(
    "wanted", [{}, {"name": ""}, {"name": "a/b"}, {"name": 1}, {"name": "x" * 61}, {"n": 1}]
)
def test_a_snapshot_needs_a_name(wanted: dict[str, Any], plane: Plane) -> None:
    with pytest.raises(InvalidInput):
        plane.take_snapshot(wanted)
    with pytest.raises(InvalidInput):
        plane.restore(wanted)


def test_there_is_an_end_to_snapshots(plane: Plane) -> None:
    plane.load({"name": "empty"})
    for number in range(20):
        plane.take_snapshot({"name": f"s{number}"})
    plane.take_snapshot({"name": "s0"})
    with pytest.raises(InvalidInput, match="can be 20 snapshots"):
        plane.take_snapshot({"name": "another"})


def test_a_snapshot_that_is_not_there_changes_nothing(plane: Plane) -> None:
    before = plane.state()
    with pytest.raises(InvalidInput, match="there are none"):
        plane.restore({"name": "mine"})
    assert plane.state() == before


def test_faults_are_planned_and_taken_back(plane: Plane) -> None:
    first = plane.plan_fault({"kind": "status", "status": 503, "count": 2})
    plane.plan_fault({"kind": "cut", "path": "/ia/xml/"})
    assert first == {
        "number": 1,
        "kind": "status",
        "path": "/ia/",
        "count": 2,
        "status": 503,
        "left": 2,
        "hits": 0,
    }
    assert [one["number"] for one in plane.remove_fault(1)["faults"]] == [2]
    with pytest.raises(UnknownThing):
        plane.remove_fault(1)
    assert plane.clear_faults() == {"faults": []}
