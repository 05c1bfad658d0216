from pathlib import Path

import pytest
from pydantic import ValidationError

from intacct_sandbox.settings import Settings


def test_the_defaults_are_those_of_the_documents() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.fixture) == ("127.0.0.1", 8089, "guide")
    assert (settings.data, settings.seed) == (None, 0)


def test_the_environment_is_read_and_the_command_line_comes_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INTACCT_SANDBOX_PORT", "9000")
    monkeypatch.setenv("INTACCT_SANDBOX_DATA", "somewhere")
    assert (Settings().port, Settings().data) == (9000, Path("somewhere"))
    assert Settings.model_validate({"port": 0}).port == 0


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_is_one_there_can_be(port: int) -> None:
    with pytest.raises(ValidationError):
        Settings(port=port)
