import pytest

from intacct_sandbox.testing import NotReady, started


def test_a_sandbox_lives_as_long_as_the_context(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTACCT_SANDBOX_FIXTURE", "none of the tests' business")
    with started(fixture="ledger", seed=9, ledger_lines=20) as sandbox:
        assert (sandbox.state["fixture"], sandbox.state["seed"]) == ("ledger", 9)
    with pytest.raises(OSError, match="refused"):
        sandbox.reset()


def test_a_sandbox_that_does_not_start_says_why() -> None:
    with pytest.raises(NotReady, match="There is no fixture demo"), started(fixture="demo"):
        pass
