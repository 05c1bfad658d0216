"""What `readMore` goes on with: queries whose rest is not read yet, by result ID, in this process's memory.

A page is read when it is asked for; nothing is held in between, so records that come and go shift the pages.
How long Sage keeps a result ID is not documented: here until there are too many of them.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from intacct_sandbox.gateway.legacy import LegacyField, LegacyObject
from intacct_sandbox.objects import Query

MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Rest:
    """A query that starts where the last page ended.

    Attributes:
        company_key: Whose it is; another company does not find it.
    """

    company_key: int
    legacy: LegacyObject
    fields: tuple[LegacyField, ...]
    query: Query


class Rests:
    """The rests, the oldest forgotten first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._rests: OrderedDict[str, Rest] = OrderedDict()

    def keep(self, result_id: str, rest: Rest) -> None:
        """Remember a rest under its ID, in place of what was there."""
        self._rests[result_id] = rest
        self._rests.move_to_end(result_id)
        while len(self._rests) > self._most:
            self._rests.popitem(last=False)

    def find(self, result_id: str, company_key: int) -> Rest | None:
        """The company's rest of that ID."""
        found = self._rests.get(result_id)
        return found if found is not None and found.company_key == company_key else None

    def last_of(self, company_key: int, name: str) -> tuple[str, Rest] | None:
        """The company's rest that was kept last of an object, and its ID."""
        for result_id, rest in reversed(self._rests.items()):
            if rest.company_key == company_key and rest.legacy.name.upper() == name.upper():
                return result_id, rest
        return None

    def forget(self, result_id: str) -> None:
        """There is nothing more under that ID."""
        self._rests.pop(result_id, None)
