"""The one register of objects: every definition the sandbox serves, by name.

An application joins by its data file and one line here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from intacct_sandbox.objects.definitions import Definition, read

APPLICATIONS: Final = (
    "accounts_payable",
    "accounts_receivable",
    "company_config",
    "general_ledger",
    "inventory_control",
    "projects",
)

_HERE = Path(__file__).parent

ALL: Final[Mapping[str, Definition]] = {
    name: definition
    for application in APPLICATIONS
    for name, definition in read(_HERE / application / "definitions.json").items()
}


def find(name: str) -> Definition | None:
    """The object of that name, `accounts-payable/vendor`; None if the sandbox does not serve it."""
    return ALL.get(name)
