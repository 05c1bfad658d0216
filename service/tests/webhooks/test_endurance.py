"""Webhooks under everything at once: a hundred killed workers, a receiver down for hours and then faulty.

`make endurance` runs the same with twenty times as many events; what came of it is in
docs/explanation/webhook-endurance.md.
"""

from pathlib import Path

import pytest
from service.tests.webhooks.endurance import endure

from counterfoil.vault import create_master_key
from counterfoil.webhooks.sending import LANES

EVENTS = 5000
KILLS = 100


@pytest.mark.timeout(600)
async def test_5000_events_and_100_killed_workers_lose_nothing_and_repeat_only_what_was_under_way(
    postgres_url: str, private_dir: Path
) -> None:
    create_master_key(private_dir / "master.key")
    figures = await endure(EVENTS, KILLS, postgres_url, private_dir / "master.key")
    print("\n".join(figures.lines()))  # noqa: T201 - the rate is told, never judged
    assert (figures.messages, figures.lost, figures.undelivered) == (EVENTS, 0, 0)
    assert (figures.altered, figures.gaps) == (0, 0)
    assert figures.kills >= KILLS
    # The faults were there.
    assert figures.silenced > EVENTS // 20
    assert 0 < figures.trials_while_down < EVENTS // 10
    # Who dies repeats at most what its lanes had under way.
    assert figures.twice <= figures.kills * LANES
