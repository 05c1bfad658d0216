"""Developers: accounts with their sender, workspaces, applications, and the API keys companies are called
with.

A company's consent to a client is not here but in `clients`.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Row
from typing import Final, TypeVar
from urllib.parse import urlsplit

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.identity.users import looks_like_email
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.store import Store

SCHEMA: Final = """
CREATE TABLE developer (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    name TEXT NOT NULL,
    password_digest TEXT NOT NULL,
    sender_id TEXT NOT NULL UNIQUE,
    sender_password TEXT NOT NULL
);
CREATE TABLE workspace (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    developer_key INTEGER NOT NULL REFERENCES developer (key),
    name TEXT NOT NULL,
    contact_email TEXT NOT NULL
);
CREATE TABLE application (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_key INTEGER NOT NULL REFERENCES workspace (key),
    name TEXT NOT NULL,
    home_page_url TEXT NOT NULL,
    contact_email TEXT NOT NULL
);
CREATE TABLE api_keys (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    application_key INTEGER NOT NULL REFERENCES application (key),
    product TEXT NOT NULL,
    client_id TEXT NOT NULL UNIQUE,
    client_secret TEXT NOT NULL,
    scope TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    origin_domains TEXT NOT NULL,
    license_key TEXT NOT NULL,
    license_password TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    secret_shown_at TEXT
);
CREATE INDEX api_keys_license ON api_keys (license_key, scope);
"""

# What the forms offer: the value that is kept, and the label Sage's console shows.
PRODUCTS: Final = {"sage-intacct": "Sage Intacct"}
SCOPES: Final = {"production": "Production", "non-production": "Non-Production"}
MOST_PRODUCTION_KEYS: Final = 5

T = TypeVar("T")

_NAME: Final = re.compile(r"[A-Za-z0-9 .()@!?&_-]{1,100}")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_CLIENT_ID_DIGITS: Final = 20
_CLIENT_SECRET_DIGITS: Final = 40
_SENDER_PASSWORD_LENGTH: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Developer:
    """A developer account; `sender_id` is its Web Services licence, case-sensitive, for the XML gateway."""

    key: int
    email: str
    name: str
    sender_id: str
    sender_password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A developer's workspace, called organisation in newer consoles."""

    key: int
    developer_key: int
    name: str
    contact_email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application; what calls companies are its API keys."""

    key: int
    workspace_key: int
    name: str
    home_page_url: str
    contact_email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeys:
    """A client: its ID and secret, and whom it may call.

    Attributes:
        product: A key of `PRODUCTS`.
        client_id: `<20 hexadecimal digits>.app.sage.com`.
        scope: A key of `SCOPES`: the kind of company it works with. Never changes.
        license_key: The sender ID it is bound to.
        status: `active` or `inactive`.
        secret_shown_at: When the secret was last shown in full; None if never.
    """

    key: int
    application_key: int
    product: str
    client_id: str
    client_secret: str
    scope: str
    redirect_uris: tuple[str, ...]
    origin_domains: tuple[str, ...]
    license_key: str
    license_password: str
    status: str
    created_at: datetime
    secret_shown_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose a client is."""

    developer: Developer
    workspace: Workspace
    application: Application


def sign_up(
    store: Store,
    ids: SeededIds,
    *,
    email: str,
    name: str,
    password: str,
    sender_id: str = "",
    sender_password: str = "",
) -> Developer:
    """Open a developer account. Without a sender ID of its own it gets one.

    Raises:
        InvalidInput: A field can't be used, or the e-mail address or the sender ID is taken.
    """
    email, name = email.strip(), name.strip()
    _check_email("email", email)
    if not 0 < len(name) <= 100:
        raise InvalidInput("name", "Enter a name of 1 to 100 characters.")
    if not password:
        raise InvalidInput("password", "Enter a password.")
    if store.one("SELECT 1 FROM developer WHERE email = ?", (email,)) is not None:
        raise InvalidInput("email", "There is already an account with this e-mail address.")
    sender_id = sender_id or f"sender-{ids.hex(8)}"
    if find_sender(store, sender_id) is not None:
        raise InvalidInput("sender_id", f"There is already a sender {sender_id}.")
    cursor = store.execute(
        "INSERT INTO developer (email, name, password_digest, sender_id, sender_password)"
        " VALUES (?, ?, ?, ?, ?)",
        (email, name, _digest(password), sender_id, sender_password or ids.token(_SENDER_PASSWORD_LENGTH)),
    )
    return _existing(by_key(store, cursor.lastrowid or 0), "developer account")


def sign_in(store: Store, email: str, password: str) -> Developer | None:
    """The account, if the password is its own; letter case of the address does not matter."""
    row = store.one("SELECT * FROM developer WHERE email = ?", (email.strip(),))
    if row is None or row["password_digest"] != _digest(password):
        return None
    return _developer(row)


def by_key(store: Store, key: int) -> Developer | None:
    """The account of that key."""
    row = store.one("SELECT * FROM developer WHERE key = ?", (key,))
    return _developer(row) if row is not None else None


def every(store: Store) -> list[Developer]:
    """All accounts, in the order they were opened."""
    return [_developer(row) for row in store.query("SELECT * FROM developer ORDER BY key")]


def find_sender(store: Store, sender_id: str) -> Developer | None:
    """The account of exactly that sender ID; `Acme` is not `acme`."""
    row = store.one("SELECT * FROM developer WHERE sender_id = ?", (sender_id,))
    return _developer(row) if row is not None else None


def workspaces(store: Store, developer_key: int) -> list[Workspace]:
    """The workspaces of a developer, in the order they were added."""
    rows = store.query("SELECT * FROM workspace WHERE developer_key = ? ORDER BY key", (developer_key,))
    return [_workspace(row) for row in rows]


def workspace_by_key(store: Store, key: int) -> Workspace | None:
    """The workspace of that key."""
    row = store.one("SELECT * FROM workspace WHERE key = ?", (key,))
    return _workspace(row) if row is not None else None


def add_workspace(store: Store, developer_key: int, *, name: str, contact_email: str) -> Workspace:
    """Add a workspace.

    Raises:
        InvalidInput: The name is empty, too long or taken, or the address is none.
    """
    name, contact_email = _checked_workspace(store, developer_key, name, contact_email, own_key=None)
    cursor = store.execute(
        "INSERT INTO workspace (developer_key, name, contact_email) VALUES (?, ?, ?)",
        (developer_key, name, contact_email),
    )
    return _existing(workspace_by_key(store, cursor.lastrowid or 0), "workspace")


def update_workspace(store: Store, key: int, *, name: str, contact_email: str) -> Workspace:
    """Change a workspace.

    Raises:
        InvalidInput: As for a new one.
    """
    workspace = _existing(workspace_by_key(store, key), "workspace")
    checked = _checked_workspace(store, workspace.developer_key, name, contact_email, own_key=key)
    store.execute("UPDATE workspace SET name = ?, contact_email = ? WHERE key = ?", (*checked, key))
    return _existing(workspace_by_key(store, key), "workspace")


def applications(store: Store, workspace_key: int) -> list[Application]:
    """The applications of a workspace, in the order they were added."""
    rows = store.query("SELECT * FROM application WHERE workspace_key = ? ORDER BY key", (workspace_key,))
    return [_application(row) for row in rows]


def application_by_key(store: Store, key: int) -> Application | None:
    """The application of that key."""
    row = store.one("SELECT * FROM application WHERE key = ?", (key,))
    return _application(row) if row is not None else None


def add_application(
    store: Store, workspace_key: int, *, name: str, home_page_url: str, contact_email: str
) -> Application:
    """Add an application.

    Raises:
        InvalidInput: The name has other characters than Sage allows or is taken, or an address is none.
    """
    checked = _checked_application(store, workspace_key, name, home_page_url, contact_email, own_key=None)
    cursor = store.execute(
        "INSERT INTO application (name, home_page_url, contact_email, workspace_key) VALUES (?, ?, ?, ?)",
        (*checked, workspace_key),
    )
    return _existing(application_by_key(store, cursor.lastrowid or 0), "application")


def update_application(
    store: Store, key: int, *, name: str, home_page_url: str, contact_email: str
) -> Application:
    """Change an application.

    Raises:
        InvalidInput: As for a new one.
    """
    application = _existing(application_by_key(store, key), "application")
    checked = _checked_application(
        store, application.workspace_key, name, home_page_url, contact_email, own_key=key
    )
    store.execute(
        "UPDATE application SET name = ?, home_page_url = ?, contact_email = ? WHERE key = ?", (*checked, key)
    )
    return _existing(application_by_key(store, key), "application")


def delete_application(store: Store, key: int) -> None:
    """Delete an application with its API keys."""
    with store.transaction():
        store.execute("DELETE FROM api_keys WHERE application_key = ?", (key,))
        store.execute("DELETE FROM application WHERE key = ?", (key,))


def api_keys(store: Store, application_key: int) -> list[ApiKeys]:
    """The API keys of an application, in the order they were created."""
    rows = store.query("SELECT * FROM api_keys WHERE application_key = ? ORDER BY key", (application_key,))
    return [_api_keys(row) for row in rows]


def api_keys_by_key(store: Store, key: int) -> ApiKeys | None:
    """The API keys of that key."""
    row = store.one("SELECT * FROM api_keys WHERE key = ?", (key,))
    return _api_keys(row) if row is not None else None


def find_client(store: Store, client_id: str) -> ApiKeys | None:
    """The API keys of a client ID; `license_key` is the sender ID they are bound to."""
    row = store.one("SELECT * FROM api_keys WHERE client_id = ?", (client_id,))
    return _api_keys(row) if row is not None else None


def owner_of(store: Store, client_id: str) -> Owner | None:
    """Whose a client is; None for an unknown client."""
    keys = find_client(store, client_id)
    application = application_by_key(store, keys.application_key) if keys is not None else None
    workspace = workspace_by_key(store, application.workspace_key) if application is not None else None
    developer = by_key(store, workspace.developer_key) if workspace is not None else None
    if application is None or workspace is None or developer is None:
        return None
    return Owner(developer=developer, workspace=workspace, application=application)


def production_keys(store: Store, sender_id: str) -> int:
    """How many production keys are bound to a sender ID; at most `MOST_PRODUCTION_KEYS`."""
    row = store.one(
        "SELECT COUNT(*) AS held FROM api_keys WHERE license_key = ? AND scope = 'production'", (sender_id,)
    )
    return int(row["held"]) if row is not None else 0


def create_api_keys(  # noqa: PLR0913 - the form has these fields
    store: Store,
    ids: SeededIds,
    clock: SandboxClock,
    application_key: int,
    product: str,
    scope: str,
    *,
    redirect_uris: Iterable[str] = (),
    origin_domains: Iterable[str] = (),
    license_key: str = "",
    license_password: str = "",
    client_id: str = "",
    client_secret: str = "",
) -> ApiKeys:
    """Create API keys for an application. Without a license key they are bound to the developer's own sender.

    Args:
        store: Holds them.
        ids: Makes a client ID and a secret where none is given.
        clock: Stamps them.
        application_key: Whose they are.
        product: A key of `PRODUCTS`.
        scope: A key of `SCOPES`; it can't be changed afterwards.
        redirect_uris: Where an authorization code may be sent to.
        origin_domains: Which pages may call from a browser.
        license_key: A sender ID.
        license_password: The password of that sender.
        client_id: For fixtures.
        client_secret: For fixtures.

    Raises:
        InvalidInput: A field can't be used, or the sender has its five production keys.
        UnknownThing: There is no such application.
    """
    developer = _developer_of(store, application_key)
    if product not in PRODUCTS:
        raise InvalidInput("product", "Choose a product.")
    if scope not in SCOPES:
        raise InvalidInput("scope", "Choose Production or Non-Production.")
    sender_id, sender_password = _checked_license(store, developer, license_key.strip(), license_password)
    if scope == "production" and production_keys(store, sender_id) >= MOST_PRODUCTION_KEYS:
        raise InvalidInput(
            "scope",
            f"The sender ID {sender_id} has {MOST_PRODUCTION_KEYS} production keys already."
            " Delete some first.",
        )
    cursor = store.execute(
        "INSERT INTO api_keys (application_key, product, client_id, client_secret, scope, redirect_uris,"
        " origin_domains, license_key, license_password, status, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'active', ?)",
        (
            application_key,
            product,
            client_id or f"{ids.hex(_CLIENT_ID_DIGITS)}.app.sage.com",
            client_secret or ids.hex(_CLIENT_SECRET_DIGITS),
            scope,
            json.dumps([_checked_redirect_uri(uri) for uri in redirect_uris]),
            json.dumps([_checked_origin(domain) for domain in origin_domains]),
            sender_id,
            sender_password,
            clock.now().isoformat(),
        ),
    )
    return _existing(api_keys_by_key(store, cursor.lastrowid or 0), "API keys")


def rotate_secret(store: Store, ids: SeededIds, key: int) -> ApiKeys:
    """Give a client a new secret; the old one is refused from now on."""
    store.execute(
        "UPDATE api_keys SET client_secret = ?, secret_shown_at = NULL WHERE key = ?",
        (ids.hex(_CLIENT_SECRET_DIGITS), key),
    )
    return _existing(api_keys_by_key(store, key), "API keys")


def show_secret(store: Store, clock: SandboxClock, key: int) -> ApiKeys:
    """The API keys whose secret is about to be shown in full; that moment is remembered."""
    store.execute("UPDATE api_keys SET secret_shown_at = ? WHERE key = ?", (clock.now().isoformat(), key))
    return _existing(api_keys_by_key(store, key), "API keys")


def set_api_keys_status(store: Store, key: int, status: str) -> ApiKeys:
    """Make API keys active or inactive.

    Raises:
        InvalidInput: Another word.
    """
    if status not in {"active", "inactive"}:
        raise InvalidInput("status", "API keys are active or inactive.")
    store.execute("UPDATE api_keys SET status = ? WHERE key = ?", (status, key))
    return _existing(api_keys_by_key(store, key), "API keys")


def delete_api_keys(store: Store, key: int) -> None:
    """Delete API keys; their client is unknown from now on."""
    store.execute("DELETE FROM api_keys WHERE key = ?", (key,))


def _developer_of(store: Store, application_key: int) -> Developer:
    application = _existing(application_by_key(store, application_key), "application")
    workspace = _existing(workspace_by_key(store, application.workspace_key), "workspace")
    return _existing(by_key(store, workspace.developer_key), "developer account")


def _checked_workspace(
    store: Store, developer_key: int, name: str, contact_email: str, *, own_key: int | None
) -> tuple[str, str]:
    name, contact_email = name.strip(), contact_email.strip()
    if not 0 < len(name) <= 100:
        raise InvalidInput("name", "Enter a workspace name of 1 to 100 characters.")
    if any(held.name == name and held.key != own_key for held in workspaces(store, developer_key)):
        raise InvalidInput("name", f"You have a workspace {name} already.")
    _check_email("contact_email", contact_email)
    return name, contact_email


def _checked_application(
    store: Store,
    workspace_key: int,
    name: str,
    home_page_url: str,
    contact_email: str,
    *,
    own_key: int | None,
) -> tuple[str, str, str]:
    name, home_page_url, contact_email = name.strip(), home_page_url.strip(), contact_email.strip()
    if not _NAME.fullmatch(name):
        raise InvalidInput("name", "Use up to 100 letters, digits, blanks and the characters .()@!?&_-")
    if any(held.name == name and held.key != own_key for held in applications(store, workspace_key)):
        raise InvalidInput("name", f"There is already an application {name} in this workspace.")
    if not _has_host(home_page_url, {"http", "https"}):
        raise InvalidInput("home_page_url", "Enter a full address such as https://www.example.com")
    _check_email("contact_email", contact_email)
    return name, home_page_url, contact_email


def _checked_license(
    store: Store, developer: Developer, license_key: str, license_password: str
) -> tuple[str, str]:
    if not license_key or license_key == developer.sender_id:
        if license_password and license_password != developer.sender_password:
            raise InvalidInput("license_password", "This is not the password of the sender ID.")
        return developer.sender_id, developer.sender_password
    holder = find_sender(store, license_key)
    if holder is None:
        raise InvalidInput("license_key", f"There is no sender ID {license_key}. Letter case matters.")
    if license_password != holder.sender_password:
        raise InvalidInput("license_password", "This is not the password of the sender ID.")
    return holder.sender_id, holder.sender_password


def replace_redirect_uris(store: Store, client_id: str, redirect_uris: Iterable[str]) -> None:
    """Give a client other redirect URIs, whatever the console thinks of them; for tests on one machine.

    Raises:
        UnknownThing: There is no such client.
    """
    if find_client(store, client_id) is None:
        raise UnknownThing(f"There is no client {client_id}.")
    store.execute(
        "UPDATE api_keys SET redirect_uris = ? WHERE client_id = ?",
        (json.dumps(list(redirect_uris)), client_id),
    )


def _checked_redirect_uri(uri: str) -> str:
    uri = uri.strip()
    scheme, colon, rest = uri.partition(":")
    if not colon or not rest or not _SCHEME.fullmatch(scheme) or any(sign.isspace() for sign in uri):
        raise InvalidInput("redirect_uris", f"{uri or 'An empty text'} is not a full address.")
    if scheme.lower() == "http":
        raise InvalidInput("redirect_uris", f"{uri} is refused: use https or a scheme of the application.")
    if scheme.lower() == "https" and not _has_host(uri, {"https"}):
        raise InvalidInput("redirect_uris", f"{uri} is not a full address.")
    if _host(uri) == "localhost":
        raise InvalidInput(
            "redirect_uris", f"{uri} is refused: write https://127.0.0.1 instead of localhost."
        )
    return uri


def _checked_origin(domain: str) -> str:
    domain = domain.strip()
    if not _has_host(domain, {"https"}):
        raise InvalidInput("origin_domains", f"{domain or 'An empty text'} is not a full https address.")
    return domain


def _has_host(address: str, schemes: set[str]) -> bool:
    if any(sign.isspace() for sign in address) or len(address) > 2000:
        return False
    return address.partition(":")[0].lower() in schemes and bool(_host(address))


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _check_email(field: str, address: str) -> None:
    if not looks_like_email(address):
        raise InvalidInput(field, "Enter an e-mail address such as developer@example.com.")


def _digest(password: str) -> str:
    # Play money, as for users: equal seeds must give equal files.
    return hashlib.sha256(b"intacct-sandbox" + password.encode()).hexdigest()


def _existing(thing: T | None, what: str) -> T:
    if thing is None:
        raise UnknownThing(f"There is no such {what}.")
    return thing


def _developer(row: Row) -> Developer:
    return Developer(
        key=row["key"],
        email=row["email"],
        name=row["name"],
        sender_id=row["sender_id"],
        sender_password=row["sender_password"],
    )


def _workspace(row: Row) -> Workspace:
    return Workspace(
        key=row["key"],
        developer_key=row["developer_key"],
        name=row["name"],
        contact_email=row["contact_email"],
    )


def _application(row: Row) -> Application:
    return Application(
        key=row["key"],
        workspace_key=row["workspace_key"],
        name=row["name"],
        home_page_url=row["home_page_url"],
        contact_email=row["contact_email"],
    )


def _api_keys(row: Row) -> ApiKeys:
    shown_at = row["secret_shown_at"]
    return ApiKeys(
        key=row["key"],
        application_key=row["application_key"],
        product=row["product"],
        client_id=row["client_id"],
        client_secret=row["client_secret"],
        scope=row["scope"],
        redirect_uris=tuple(json.loads(row["redirect_uris"])),
        origin_domains=tuple(json.loads(row["origin_domains"])),
        license_key=row["license_key"],
        license_password=row["license_password"],
        status=row["status"],
        created_at=datetime.fromisoformat(row["created_at"]),
        secret_shown_at=datetime.fromisoformat(shown_at) if shown_at is not None else None,
    )
