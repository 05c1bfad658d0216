from datetime import UTC, datetime

from intacct_sandbox.app import Sandbox
from intacct_sandbox.limits import usage

NOVEMBER = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)


def test_every_month_begins_with_none(sandbox: Sandbox) -> None:
    for _ in range(3):
        usage.count(sandbox.store, 1, NOVEMBER)
    usage.count(sandbox.store, 1, DECEMBER)
    assert [usage.of(sandbox.store, 1, month) for month in (NOVEMBER, DECEMBER)] == [3, 1]
    assert usage.of(sandbox.store, 2, NOVEMBER) == 0
