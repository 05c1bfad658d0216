"""What it is to write records that `identity` keeps: the moments at which a keeper is asked.

Tables of such records are views (`views`); who keeps which is in `behaviours`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from intacct_sandbox.objects.kinds import Native
from intacct_sandbox.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """The writes of one object.

    Attributes:
        add: For a company, with the values of a payload by path; gives the key.
        change: The record of a key.
        remove: The record of a key.
    """

    add: Callable[[Store, int, Mapping[str, Native]], int]
    change: Callable[[Store, int, Mapping[str, Native]], None]
    remove: Callable[[Store, int], None]
