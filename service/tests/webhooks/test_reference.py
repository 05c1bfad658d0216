"""The reference page names what there is."""

from pathlib import Path

import pytest

from counterfoil.webhooks.answers import Outcome
from counterfoil.webhooks.flags import DEFAULTS
from counterfoil.webhooks.payloads import KINDS

PAGE = (Path(__file__).parents[3] / "docs/reference/webhooks.md").read_text()


@pytest.mark.parametrize("name", [*DEFAULTS, *Outcome, *KINDS])
def test_every_flag_outcome_and_event_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_every_message_stands_with_its_flag_and_default() -> None:
    for kind, how in KINDS.items():
        [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{kind}` |")]
        condition = "always" if how.flag is None else f"`{how.flag}`"
        assert row.split(" | ")[2] == condition
        if how.flag is not None:
            assert row.rstrip(" |").endswith("on" if DEFAULTS[how.flag] else "off")
