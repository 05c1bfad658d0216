"""What a client that keeps a copy of a company meets.

No snapshot between pages, ties as long as pages, times that are null, reads behind writes, deletes that leave
no trace but one. Each is met as such a client meets it, by one that falls for it and by one that does not.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from sandbox.tests.rest.conftest import NOW, Api

from intacct_sandbox.objects import RowWriter, Stamp

VENDOR: Final = "accounts-payable/vendor"
PATH: Final = f"/objects/{VENDOR}"
MODIFIED: Final = "audit.modifiedDateTime"
CREATED: Final = "audit.createdDateTime"
HISTORY: Final = "company-config/audit-history"
PAGE: Final = 20


async def read(
    api: Api, *filters: dict[str, Any], expression: str = "and", **more: Any
) -> list[dict[str, Any]]:
    query = {
        "object": VENDOR,
        "fields": ["key", "id", "name", MODIFIED],
        "filters": list(filters),
        "filterExpression": expression if filters else "and",
        "orderBy": [{MODIFIED: "asc"}, {"key": "asc"}],
        "size": PAGE,
        **more,
    }
    return (await api.query(query)).rows


async def by_offset(api: Api, between: Any = None) -> set[str]:
    """All ids, page after page by `start`; something may happen after the first."""
    found: set[str] = set()
    start = 1
    while rows := await read(api, start=start):
        found |= {row["id"] for row in rows}
        if start == 1 and between is not None:
            await between()
        start += PAGE
    return found


async def by_keyset(api: Api, between: Any = None) -> set[str]:
    """All ids, each page from behind the last row of the one before."""
    found: set[str] = set()
    rows = await read(api)
    while rows:
        found |= {row["id"] for row in rows}
        if between is not None and len(found) == PAGE:
            await between()
        last = rows[-1]
        rows = await read(
            api,
            {"$gt": {MODIFIED: last[MODIFIED]}},
            {"$eq": {MODIFIED: last[MODIFIED]}},
            {"$gt": {"key": last["key"]}},
            expression="1 or (2 and 3)",
        )
    return found


async def by_time_alone(api: Api) -> set[str]:
    """All ids, each page from behind the last time of the one before."""
    found: set[str] = set()
    rows = await read(api)
    while rows:
        found |= {row["id"] for row in rows}
        rows = await read(api, {"$gt": {MODIFIED: rows[-1][MODIFIED]}})
    return found


async def write(api: Api, method: str, path: str, payload: Any = None) -> dict[str, Any]:
    body = json.dumps(payload).encode() if payload is not None else b""
    answer = await api.call(method, path, body=body)
    assert answer.status in {200, 201, 204}, answer.body
    return dict(answer.json()["ia::result"]) if answer.body else {}


def import_vendors(api: Api, count: int, moment: datetime) -> set[str]:
    """As an import does: many records of one moment."""
    writer = RowWriter(api.store, api.company.key)
    stamp = Stamp(created_at=moment, modified_at=moment)
    ids = {f"I{number:04}" for number in range(count)}
    for id_ in sorted(ids):
        writer.add(VENDOR, {"id": id_, "name": id_}, stamp=stamp)
    writer.flush()
    return ids


async def everything(api: Api) -> set[str]:
    return {row["id"] for row in await read(api, size=4000)}


async def test_there_is_no_snapshot_between_pages_and_offsets_skip_a_row(api: Api) -> None:
    ids = import_vendors(api, 3 * PAGE, datetime(2020, 1, 1, tzinfo=UTC))
    keys = {row["id"]: row["key"] for row in await read(api, size=4000)}

    async def delete_one_of_the_first_page() -> None:
        await write(api, "DELETE", f"{PATH}/{keys[min(ids)]}")

    kept = await everything(api) - {min(ids)}
    assert len(kept - await by_offset(api, delete_one_of_the_first_page)) == 1
    assert await by_keyset(api) == kept


async def test_a_record_that_moves_between_pages_is_met_twice_or_late_and_never_lost_by_keyset(
    api: Api,
) -> None:
    ids = import_vendors(api, 2 * PAGE, datetime(2020, 1, 1, tzinfo=UTC))
    rows = await read(api, size=4000)
    keys = {row["id"]: row["key"] for row in rows}

    async def edit_one_of_the_last_page() -> None:
        await write(api, "PATCH", f"{PATH}/{keys[max(ids)]}", {"name": "moved"})

    assert await by_keyset(api, edit_one_of_the_last_page) == {row["id"] for row in rows}


async def test_a_tie_longer_than_a_page_is_lost_by_time_alone_and_drained_by_key(api: Api) -> None:
    ids = import_vendors(api, 2 * PAGE + 5, datetime(2020, 1, 1, tzinfo=UTC))
    assert len(ids - await by_time_alone(api)) == PAGE + 5
    assert await by_keyset(api) == await everything(api)
    # Asking from the last time on, that time included, is no way out: it is the same page for ever.
    first = await read(api)
    assert await read(api, {"$gte": {MODIFIED: first[-1][MODIFIED]}}) == first


@pytest.mark.parametrize(("setting", "is_found"), [("created", True), ("null", False)])
async def test_a_new_record_without_a_modified_time_is_missed_by_it_and_found_by_the_created_one(
    api: Api, setting: str, is_found: bool
) -> None:
    api.quirks.set("modified-time-of-new-records", setting)
    since = (NOW - timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    made = await write(api, "POST", PATH, {"id": "NEW", "name": "New"})

    async def found(path: str) -> bool:
        return "NEW" in {row["id"] for row in await read(api, {"$gte": {path: since}}, size=4000)}

    assert (await found(MODIFIED), await found(CREATED)) == (is_found, True)
    await write(api, "PATCH", made["href"], {"name": "Edited"})
    assert (await found(MODIFIED), await found(CREATED)) == (True, True)


async def names(api: Api) -> dict[str, str]:
    return {row["id"]: row["name"] for row in await read(api, size=4000)}


async def listed(api: Api) -> set[str]:
    return {row["id"] for row in (await api.get(f"{PATH}?size=4000")).rows}


async def test_queries_and_lists_fall_behind_writes_and_reads_by_key_do_not(api: Api) -> None:
    api.quirks.set("read-delay-seconds", "120")
    before = await names(api)
    made = await write(api, "POST", PATH, {"id": "NEW", "name": "New"})
    await write(api, "PATCH", f"{PATH}/1", {"name": "Renamed"})
    assert (await api.get(made["href"])).json()["ia::result"]["name"] == "New"
    assert (await api.get(f"{PATH}/1")).json()["ia::result"]["name"] == "Renamed"
    api.clock.advance(timedelta(seconds=119))
    assert await names(api) == before
    assert await listed(api) == set(before)
    api.clock.advance(timedelta(seconds=1))
    assert await names(api) == {**before, "NEW": "New", "20001": "Renamed"}
    assert await listed(api) == {*before, "NEW"}


async def test_each_write_comes_into_sight_in_its_own_time(api: Api) -> None:
    api.quirks.set("read-delay-seconds", "60")
    for id_ in ("A", "B", "C"):
        await write(api, "POST", PATH, {"id": id_, "name": id_})
        api.clock.advance(timedelta(seconds=25))
    sights = []
    for _ in range(3):
        sights.append({"A", "B", "C"} & set(await names(api)))
        api.clock.advance(timedelta(seconds=25))
    assert sights == [{"A"}, {"A", "B"}, {"A", "B", "C"}]


async def test_a_cursor_at_now_misses_what_a_trailing_look_back_finds(api: Api) -> None:
    api.quirks.set("read-delay-seconds", "120")
    await write(api, "POST", PATH, {"id": "NEW", "name": "New"})
    api.clock.advance(timedelta(seconds=60))
    cursor = api.clock.now()
    assert "NEW" not in await names(api)
    api.clock.advance(timedelta(seconds=600))

    async def found(since: datetime) -> bool:
        text = since.isoformat().replace("+00:00", "Z")
        return "NEW" in {row["id"] for row in await read(api, {"$gte": {MODIFIED: text}}, size=4000)}

    assert not await found(cursor)
    assert await found(cursor - timedelta(hours=2))


async def history(api: Api, *filters: dict[str, Any]) -> Sequence[dict[str, Any]]:
    query = {
        "object": HISTORY,
        "fields": ["changeDetails.objectName", "changeDetails.objectId", "changeSource.actionPerformed"],
        "filters": list(filters),
    }
    return (await api.query(query)).rows


@pytest.mark.parametrize("delay", ["0", "60"])
async def test_a_delete_is_seen_in_the_audit_history_and_nowhere_else(api: Api, delay: str) -> None:
    made = await write(api, "POST", PATH, {"id": "GONE", "name": "Gone"})
    api.quirks.set("read-delay-seconds", delay)
    since = api.clock.now().isoformat().replace("+00:00", "Z")
    await write(api, "DELETE", made["href"])
    assert (await api.get(made["href"])).status == 404
    api.clock.advance(timedelta(seconds=int(delay)))
    assert "GONE" not in await names(api)
    assert "GONE" not in await listed(api)
    assert await read(api, {"$gte": {MODIFIED: since}}) == []
    deletes = await history(
        api,
        {"$eq": {"changeDetails.objectName": VENDOR}},
        {"$eq": {"changeSource.actionPerformed": "delete"}},
        {"$gte": {"changeSource.accessDateTime": since}},
    )
    assert [row["changeDetails.objectId"] for row in deletes] == ["GONE"]


async def test_a_deleted_record_is_still_shown_to_queries_that_lag(api: Api) -> None:
    made = await write(api, "POST", PATH, {"id": "GONE", "name": "Gone"})
    api.quirks.set("read-delay-seconds", "60")
    await write(api, "DELETE", made["href"])
    assert "GONE" in await names(api)
    # A client that compares its keys with a sweep of them sees the difference later.
    api.clock.advance(timedelta(seconds=60))
    assert "GONE" not in await names(api)
