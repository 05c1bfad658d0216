"""`keys`: made once and shown once, listed without the key, taken back."""

import json
import re

from service.tests.cli.commands import CommandLine


def test_a_key_from_being_made_to_being_taken_back(counterfoil: CommandLine) -> None:
    made = counterfoil.succeeds("keys", "create", "-e", "dev", "--name", "build server")
    key = made.output.strip()
    assert re.fullmatch(r"cf_dev_\w+", key), "the output is the key alone, for whoever pipes it"
    assert "not shown again" in made.errors

    listed = counterfoil.succeeds("keys", "list", "-e", "dev").output
    assert "build server" in listed
    assert key not in listed
    number = re.search(r"^\W*(\d+)\b", listed, re.MULTILINE)
    assert number is not None
    assert counterfoil.succeeds("keys", "list", "-e", "prod").output.count("cf_") == 0

    revoked = counterfoil.succeeds("keys", "revoke", number[1])
    assert f"Key {number[1]} is revoked" in revoked.errors
    assert re.search(r"build server.*\d{4}-\d\d-\d\d.*\d{4}-\d\d-\d\d", listed) is None
    listed = counterfoil.succeeds("keys", "list", "-e", "dev").output
    assert re.search(r"build server.*\d{4}-\d\d-\d\d.*\d{4}-\d\d-\d\d", listed) is not None

    again = counterfoil("keys", "revoke", number[1])
    assert (again.status, again.output) == (1, "")
    assert f"no working key {number[1]}" in again.errors


def test_as_json_exactly_one_line_with_the_key(counterfoil: CommandLine) -> None:
    scopes = ["--scope", "environment:connections:read", "--scope", "environment:integrations:read"]
    done = counterfoil.succeeds("keys", "create", "-e", "prod", *scopes, "--json")

    assert done.errors == ""
    assert done.output.count("\n") == 1
    answer = json.loads(done.output)
    assert set(answer) == {"key"}
    assert answer["key"].startswith("cf_prod_")
    listed = counterfoil.succeeds("keys", "list", "-e", "prod").output
    assert "environment:connections:read environment:integrations:read" in listed


def test_what_can_not_be_made_or_listed_is_told(counterfoil: CommandLine) -> None:
    for arguments, told in (
        (("create", "-e", "test"), "no environment 'test'"),
        (("create", "-e", "dev", "--scope", "everything!"), "not a scope"),
        (("list", "-e", "test"), "no environment 'test'"),
        (("revoke", "4711"), "no working key 4711"),
    ):
        done = counterfoil("keys", *arguments)
        assert (done.status, done.output) == (1, "")
        assert told in done.errors
