"""The tables one SQL statement reads: the object's own, and each related one joined once.

Only expressions and the FROM clause are built here; conditions are in `filters`, whole statements in
`query` and `records`.
"""

from datetime import date
from typing import Final

from intacct_sandbox.objects.definitions import Definition, Kind
from intacct_sandbox.objects.errors import TooComplex
from intacct_sandbox.objects.paths import Column, Step
from intacct_sandbox.objects.schema import quoted

# SQLite joins 64 tables at most; some are kept for the statement's own frame.
MOST_RELATIONS: Final = 60

_PAST_DUE: Final = ("totalTxnAmountDue", "state", "dueDate")


class Relations:
    """The FROM clause of a statement, grown by the expressions that are asked for.

    Args:
        root: The queried object; its table's alias is `t`.
        today: The sandbox's date, for what is counted from it.
    """

    def __init__(self, root: Definition, today: date) -> None:
        self._root = root
        self._today = today
        self._aliases: dict[tuple[str, ...], str] = {(): "t"}
        self._joins: list[str] = []
        self._looked_at: dict[str, None] = {}

    def expression(self, column: Column) -> str:
        """The SQL of a column's stored value.

        Raises:
            TooComplex: More related tables than SQLite joins.
        """
        if column.name is None:
            return "NULL"
        alias = self._alias(column.steps)
        if column.days_past_due:
            if not column.steps:
                self.look_at(*_PAST_DUE)
            return self._days_past_due(alias, column.kind)
        self.look_at(column.steps[0].column if column.steps else column.name)
        return f"{alias}.{quoted(column.name)}"

    @property
    def today(self) -> date:
        """The sandbox's date."""
        return self._today

    def look_at(self, *columns: str) -> None:
        """Note columns of the object's own table that the statement reads."""
        self._looked_at |= dict.fromkeys(columns)

    @property
    def looked_at(self) -> tuple[str, ...]:
        """The columns of the object's own table that were asked for so far."""
        return tuple(self._looked_at)

    @property
    def joins(self) -> str:
        """The LEFT JOINs asked for so far."""
        return " ".join(self._joins)

    @property
    def source(self) -> str:
        """The table and its joins."""
        return self.hinted("")

    def hinted(self, hint: str) -> str:
        """The table, what SQLite is told about its indexes, and the joins."""
        return f"{self._root.table} AS t {hint} {self.joins}"

    def _alias(self, steps: tuple[Step, ...]) -> str:
        way = tuple(step.column for step in steps)
        known = self._aliases.get(way)
        if known is not None:
            return known
        before = self._alias(steps[:-1])
        if len(self._joins) >= MOST_RELATIONS:
            raise TooComplex(f"The query follows more than {MOST_RELATIONS} relations")
        alias = f"j{len(self._joins) + 1}"
        self._joins.append(
            f"LEFT JOIN {steps[-1].target.table} AS {alias} ON {alias}.company_key = t.company_key"
            f" AND {alias}.key = {before}.{quoted(steps[-1].column)}"
        )
        self._aliases[way] = alias
        return alias

    def _days_past_due(self, alias: str, kind: Kind) -> str:
        days = (
            f'CASE WHEN {alias}."totalTxnAmountDue" <> 0 AND {alias}."state" <> \'draft\''
            f" THEN CAST(julianday('{self._today.isoformat()}') - julianday({alias}.\"dueDate\") AS INTEGER)"
            " END"
        )
        return days if kind is Kind.INTEGER else f"CAST({days} AS TEXT)"
