"""`webhooks`: settings, keys, the log and replay, from the command line."""

import json

import psycopg
import pytest
from service.tests.cli.commands import CommandLine

A = "https://a.example.com/hooks"
B = "https://b.example.com/hooks"


def test_settings_are_set_shown_and_taken_away(counterfoil: CommandLine) -> None:
    assert "on_auth_creation: off" in counterfoil.succeeds("webhooks", "show", "-e", "dev").output
    changed = counterfoil.succeeds(
        "webhooks", "set", "-e", "dev", "--primary", A, "--secondary", B, "--on", "on_auth_creation"
    )
    shown = counterfoil.succeeds("webhooks", "show", "-e", "dev").output
    assert changed.output == shown
    assert A in shown
    assert B in shown
    assert "on_auth_creation: on" in shown
    assert A not in counterfoil.succeeds("webhooks", "show", "-e", "prod").output
    counterfoil.succeeds("webhooks", "set", "-e", "dev", "--primary", "", "--off", "on_auth_creation")
    shown = counterfoil.succeeds("webhooks", "show", "-e", "dev").output
    assert A not in shown
    assert B in shown
    assert "on_auth_creation: off" in shown


def test_a_key_is_rotated(counterfoil: CommandLine) -> None:
    before = json.loads(counterfoil.succeeds("webhooks", "keys", "-e", "dev").output)
    during = json.loads(counterfoil.succeeds("webhooks", "rotate-key", "-e", "dev").output)
    assert during["signing_key"] == before["signing_key"]
    assert "Two keys sign until" in counterfoil.succeeds("webhooks", "show", "-e", "dev").output
    counterfoil.succeeds("webhooks", "finish-rotation", "-e", "dev")
    after = json.loads(counterfoil.succeeds("webhooks", "keys", "-e", "dev").output)
    assert after == {"signing_key": during["next_signing_key"]}


def test_an_operator_brings_their_own_key(counterfoil: CommandLine) -> None:
    own = "11111111-2222-4333-8444-555555555555"
    arguments = ("webhooks", "rotate-key", "-e", "dev", "--overlap-hours", "0")
    counterfoil.succeeds(*arguments, webhook_key=own)
    keys = json.loads(counterfoil.succeeds("webhooks", "keys", "-e", "dev").output)
    assert keys["signing_key"]["key"] == own


@pytest.fixture
def delivery(counterfoil: CommandLine, postgres_url: str) -> int:
    """A failed delivery with an attempt, whose answer looks like markup."""
    counterfoil.succeeds("webhooks", "set", "-e", "dev", "--primary", A)
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute(
            """
            WITH event AS (
                INSERT INTO events (environment_id, type, subject, payload)
                SELECT id, 'connection.created', 'c1', '{}' FROM environments WHERE name = 'dev'
                RETURNING id, environment_id
            ), message AS (
                INSERT INTO webhook_messages (uid, event_id, environment_id, event_type, connection_id, body)
                SELECT 'msg_1', id, environment_id, 'connection.created', 'c1', '{}' FROM event
                RETURNING id, environment_id
            ), delivery AS (
                INSERT INTO webhook_deliveries
                       (environment_id, message_id, endpoint_id, status, outcome, attempts, next_attempt_at,
                        gives_up_at)
                SELECT m.environment_id, m.id, e.id, 'failed', 'receiver_error', 1, now(), now()
                  FROM message m JOIN webhook_endpoints e USING (environment_id)
                RETURNING id
            )
            INSERT INTO webhook_attempts (delivery_id, number, at, outcome, status_code, duration_ms, answer)
            SELECT id, 1, now(), 'receiver_error', 500, 7, '[red]out of order[/nonsense]' FROM delivery
            RETURNING delivery_id
            """
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_the_log_is_shown_as_it_is(counterfoil: CommandLine, delivery: int) -> None:
    listed = counterfoil.succeeds("webhooks", "deliveries", "-e", "dev", "--status", "failed").output
    assert all(part in listed for part in (str(delivery), "connection.created", "c1", A, "receiver_error"))
    attempts = counterfoil.succeeds("webhooks", "attempts", "-e", "dev", str(delivery)).output
    assert "[red]out of order[/nonsense]" in attempts
    other = counterfoil("webhooks", "attempts", "-e", "prod", str(delivery))
    assert (other.status, "no such delivery" in other.errors) == (1, True)


def test_what_failed_is_sent_again(counterfoil: CommandLine, delivery: int) -> None:
    again = counterfoil.succeeds("webhooks", "replay", "-e", "dev", "--since", "2020-01-01")
    assert "1 will be sent again" in again.errors
    refused = counterfoil("webhooks", "replay", "-e", "dev", str(delivery))
    assert (refused.status, "on its way already" in refused.errors) == (1, True)
    nothing = counterfoil.succeeds("webhooks", "replay", "-e", "dev", "--since", "2020-01-01", "--all")
    assert "0 will be sent again" in nothing.errors


def test_what_makes_no_sense_is_told(counterfoil: CommandLine) -> None:
    for arguments, told in (
        (("show", "-e", "test"), "no environment 'test'"),
        (("set", "-e", "dev", "--primary", "nowhere"), "can't be sent there"),
        (("set", "-e", "dev", "--on", "on_everything"), "no flag on_everything"),
        (("rotate-key", "-e", "dev", "--key", "short"), "24 to 64"),
        (("finish-rotation", "-e", "dev"), "No rotation"),
        (("activate", "-e", "dev", "4711"), "no such endpoint"),
        (("replay", "-e", "dev"), "--since"),
    ):
        done = counterfoil("webhooks", *arguments)
        assert (done.status, done.output) == (1, ""), arguments
        assert told in done.errors
