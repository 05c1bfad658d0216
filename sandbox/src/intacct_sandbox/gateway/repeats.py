"""Which functions were carried out under which control ID, for requests that must not be repeated.

Sage documents that a request with `uniqueid` true, which is the default, looks at the control ID of each
function, and not at the one of the control block; what was carried out before is not done again. For how long
and among which callers IDs are remembered is not documented: here always, per company and sender.
"""

from typing import Final

from intacct_sandbox.store import Store

SCHEMA: Final = """
CREATE TABLE gateway_function (
    company_key INTEGER NOT NULL,
    sender_id TEXT NOT NULL,
    control_id TEXT NOT NULL,
    PRIMARY KEY (company_key, sender_id, control_id)
);
"""


def is_repeated(store: Store, company_key: int, sender_id: str, control_id: str) -> bool:
    """Whether a function of that ID was carried out."""
    found = store.one(
        "SELECT 1 FROM gateway_function WHERE company_key = ? AND sender_id = ? AND control_id = ?",
        (company_key, sender_id, control_id),
    )
    return found is not None


def remember(store: Store, company_key: int, sender_id: str, control_id: str) -> None:
    """A function of that ID was carried out; with its transaction it is forgotten."""
    store.execute(
        "INSERT OR IGNORE INTO gateway_function (company_key, sender_id, control_id) VALUES (?, ?, ?)",
        (company_key, sender_id, control_id),
    )
