from pathlib import Path

import pytest

from counterfoil.settings import PREFIX, InvalidSettings, Settings, ranges, read_settings


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)


def test_everything_has_a_default_and_a_sentence() -> None:
    settings = read_settings()

    assert settings.data_dir == Path("counterfoil-data")
    assert settings.sage_intacct_url == "https://api.intacct.com"
    assert settings.database_url is None
    assert settings.outbound_allow == ""
    assert all(field.description for field in Settings.model_fields.values())


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERFOIL_DATA_DIR", "/srv/data")
    monkeypatch.setenv("COUNTERFOIL_DATABASE_POOL_SIZE", "7")

    settings = read_settings()

    assert (settings.data_dir, settings.database_pool_size) == (Path("/srv/data"), 7)


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERFOIL_MASTER_KEY_FILE", "")

    assert read_settings().master_key_file is None


def test_given_values_go_over_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERFOIL_LOG_LEVEL", "DEBUG")

    assert read_settings(log_level="ERROR").log_level == "ERROR"


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("PUBLIC_URL", "connect.example.com", "write a web address"),
        ("PUBLIC_URL", "ftp://connect.example.com", "write a web address"),
        ("PUBLIC_URL", "https://connect.example.com/?a=b", "without user, query and fragment"),
        ("PUBLIC_URL", "https://me@connect.example.com", "without user, query and fragment"),
        ("PUBLIC_URL", "https://:secret@connect.example.com", "without user, query and fragment"),
        ("PUBLIC_URL", "https://connect.example.com:65536", "a port is a number"),
        ("PUBLIC_URL", "https://[::1", "Invalid IPv6 URL"),
        ("SAGE_INTACCT_URL", "api.intacct.com", "write a scheme and a host"),
        ("SAGE_INTACCT_URL", "https://:secret@api.intacct.com", "nothing more"),
        ("SAGE_INTACCT_URL", "https://api.intacct.com:https", "a port is a number"),
        ("SAGE_INTACCT_URL", "https://api.intacct.com/ia", "write a scheme and a host"),
        ("SAGE_INTACCT_URL", "https://api.intacct.com#part", "nothing more"),
        ("OUTBOUND_ALLOW", "localhost", "write address ranges separated by commas"),
        ("OUTBOUND_ALLOW", "127.0.0.1/32, 10.0.0.0/99", "write address ranges separated by commas"),
        ("LOG_LEVEL", "CHATTY", "DEBUG"),
        ("DATABASE_POOL_SIZE", "1", "greater than or equal to 2"),
        ("DATABASE_POOL_SIZE", "201", "less than or equal to 200"),
        ("DATABASE_POOL_SIZE", "many", "integer"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_variable_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, advice: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)

    with pytest.raises(InvalidSettings) as refused:
        read_settings()

    assert f"{PREFIX}{name}: " in refused.value.message
    assert advice in refused.value.message
    assert "\n" not in refused.value.message
    assert "secret" not in refused.value.message


@pytest.mark.parametrize("size", [2, 200])
def test_the_ends_of_the_range_are_allowed(size: int) -> None:
    assert read_settings(database_pool_size=size).database_pool_size == size


def test_all_bad_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERFOIL_LOG_LEVEL", "CHATTY")
    monkeypatch.setenv("COUNTERFOIL_PUBLIC_URL", "nowhere")

    with pytest.raises(InvalidSettings, match=r"COUNTERFOIL_PUBLIC_URL.*COUNTERFOIL_LOG_LEVEL"):
        read_settings()


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("https://connect.example.com/", "https://connect.example.com"),
        ("https://example.com/connections/", "https://example.com/connections"),
        ("http://127.0.0.1:3003", "http://127.0.0.1:3003"),
    ],
)
def test_the_public_address_may_have_a_path_and_loses_its_last_slash(told: str, kept: str) -> None:
    assert read_settings(public_url=told).public_url == kept


def test_the_database_address_does_not_show_itself() -> None:
    settings = read_settings(database_url="postgresql://counterfoil:s3cret@db/counterfoil")

    assert "s3cret" not in repr(settings)


def test_ranges_may_have_spaces_and_empty_parts() -> None:
    assert ranges(" 127.0.0.1/32 ,, 10.0.0.0/8,") == ["127.0.0.1/32", "10.0.0.0/8"]
    assert ranges("") == []
