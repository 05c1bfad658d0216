"""End users are one row per person and organization, and give their connections tags."""

from counterfoil.access import Environment
from counterfoil.connections import EndUser
from counterfoil.connections.end_users import derived_tags, save_end_user
from counterfoil.connections.models import EndUserRow
from counterfoil.db import Database


async def test_the_same_end_user_is_updated_and_keeps_what_is_not_said_again(
    database: Database, environment: Environment
) -> None:
    async with database.session() as session:
        first = await save_end_user(
            session, environment.id, EndUser(id="u", email="a@example.com", tags={"x": "1"})
        )
        again = await save_end_user(session, environment.id, EndUser(id="u", display_name="Ann"))
        other = await save_end_user(session, environment.id, EndUser(id="u", organization_id="o"))
        row = await session.get_one(EndUserRow, first)
    assert first == again != other
    assert (row.email, row.display_name, row.tags) == ("a@example.com", "Ann", {"x": "1"})


def test_tags_say_who_it_is_and_own_tags_give_way() -> None:
    told = EndUser(
        id="u", email="a@example.com", organization_id="o", tags={"Plan": "gold", "1x": "bad", "e": ""}
    )
    assert derived_tags(told) == {
        "end_user_id": "u",
        "end_user_email": "a@example.com",
        "organization_id": "o",
        "plan": "gold",
    }
    crowded = EndUser(id="u", tags={f"t{number}": "x" for number in range(10)})
    assert derived_tags(crowded) == {"end_user_id": "u"}
    assert derived_tags(EndUser(id="u", display_name="x" * 300))["end_user_display_name"] == "x" * 255
