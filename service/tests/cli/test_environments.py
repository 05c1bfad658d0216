"""`environments`: made, listed, and whose pages may show the Connect page."""

from service.tests.cli.commands import CommandLine


def test_an_environment_and_its_origins(counterfoil: CommandLine) -> None:
    assert "test is there" in counterfoil.succeeds("environments", "create", "test").errors
    counterfoil.succeeds("environments", "create", "test")

    allowed = counterfoil.succeeds("environments", "allow-origin", "test", "https://App.example.com:443")
    assert "https://app.example.com" in allowed.errors
    counterfoil.succeeds("environments", "allow-origin", "test", "http://[::1]:8080")

    listed = counterfoil.succeeds("environments", "list").output
    assert [name for name in ("dev", "prod", "test") if name in listed] == ["dev", "prod", "test"]
    assert listed.count("test") == 1
    assert "https://app.example.com" in listed
    assert "http://[::1]:8080" in listed

    left = counterfoil.succeeds("environments", "disallow-origin", "test", "https://app.example.com")
    assert "http://[::1]:8080" in left.errors
    none = counterfoil.succeeds("environments", "disallow-origin", "test", "http://[::1]:8080")
    assert "no origin" in none.errors


def test_what_is_no_origin_no_name_or_not_there_is_told(counterfoil: CommandLine) -> None:
    for arguments, told in (
        (("allow-origin", "dev", "https://app.example.com/"), "An origin is exactly"),
        (("allow-origin", "dev", "*"), "An origin is exactly"),
        (("allow-origin", "dev", "https://app.example.com:99999"), "port"),
        (("allow-origin", "test", "https://app.example.com"), "no environment 'test'"),
        (("create", "Not A Name"), "lower-case letters"),
    ):
        done = counterfoil("environments", *arguments)
        assert (done.status, done.output) == (1, "")
        assert told in done.errors
