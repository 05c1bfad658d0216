from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, DateTime, ForeignKey, LargeBinary, MetaData, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from counterfoil.db import Base


class _Apart(DeclarativeBase):
    """The rules of `Base` over tables of its own, so that the service's own metadata stays as it is."""

    metadata = MetaData(naming_convention=Base.metadata.naming_convention)
    type_annotation_map: ClassVar[dict[Any, Any]] = Base.type_annotation_map


class _Shelf(_Apart):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)


class _Thing(_Apart):
    __tablename__ = "things"
    __table_args__ = (UniqueConstraint("shelf_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"), index=True)
    name: Mapped[str]
    content: Mapped[bytes | None]
    made_at: Mapped[datetime]
    facts: Mapped[dict[str, Any] | None]
    parts: Mapped[list[str]]


def _column(name: str) -> ColumnElement[Any]:
    return _Thing.metadata.tables["things"].c[name]


def test_every_constraint_has_a_fixed_name() -> None:
    table = _Thing.metadata.tables["things"]

    assert {str(one.name) for one in table.constraints} == {
        "pk_things",
        "uq_things_shelf_id_name",
        "fk_things_shelf_id",
    }
    assert {str(one.name) for one in table.indexes} == {"ix_things_shelf_id"}


def test_text_has_no_length_and_bytes_are_binary() -> None:
    assert isinstance(_column("name").type, Text)
    assert isinstance(_column("content").type, LargeBinary)


def test_times_know_their_zone() -> None:
    kind = _column("made_at").type

    assert isinstance(kind, DateTime)
    assert kind.timezone


def test_json_is_binary_and_none_is_null_of_the_database() -> None:
    for name in ("facts", "parts"):
        kind = _column(name).type
        assert isinstance(kind, JSONB)
        assert kind.none_as_null
