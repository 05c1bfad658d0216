from datetime import UTC, datetime

from counterfoil_client.testing.state import (
    FakeState,
    add_integration,
    connect,
    end_user_json,
    open_session,
    tags_of,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_tags_follow_from_the_end_user_and_yield_to_given_ones() -> None:
    end_user = end_user_json(
        {"id": "1", "email": "ada@example.com", "tags": {"Team": "x"}}, {"id": "o", "display_name": "Org"}
    )

    assert tags_of(end_user, {"end_user_id": "mine"}) == {
        "end_user_id": "mine",
        "end_user_email": "ada@example.com",
        "organization_id": "o",
        "organization_display_name": "Org",
        "team": "x",
    }


def test_renewing_keeps_what_the_session_does_not_say() -> None:
    state = FakeState()
    integration = add_integration(state, "k", "sage-intacct-cc", NOW)
    first = connect(state, open_session(state, {"end_user": {"id": "1"}}, [], NOW), integration, {}, NOW)
    first.metadata = {"a": 1}
    first.problem = {"type": "auth"}
    session = open_session(state, {"connection_id": first.connection_id}, ["k"], NOW)

    renewed = connect(state, session, integration, {"username": "u"}, NOW)

    assert renewed is first
    assert renewed.tags == {"end_user_id": "1"}
    assert renewed.metadata == {"a": 1}
    assert renewed.problem is None
    assert renewed.credentials["username"] == "u"


def test_a_connection_shows_credentials_only_when_read() -> None:
    state = FakeState()
    integration = add_integration(state, "k", "sage-intacct-cc", NOW)
    made = connect(state, open_session(state, {"tags": {}}, [], NOW), integration, {}, NOW, "c")

    assert "credentials" not in made.listed()
    assert made.json(with_credentials=False)["credentials"] == {}
    assert len(made.json()) == 14
