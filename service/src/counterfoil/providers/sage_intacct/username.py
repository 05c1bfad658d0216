"""The username of Sage Intacct's token requests: `userId@companyId` or `userId@companyId|entityId`.

Taken apart in this one function of the service. It also knows what people type instead, and says so. What can
be corrected without guessing (blanks around parts, full-width signs, invisible characters, quotes) is
corrected and noted; everything else is a `Misread` with a suggestion to accept. Letter case is never touched:
Sage compares it.

Whether user, company and entity exist is not known here.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Final

from counterfoil.auth_modes import Misread
from counterfoil.auth_modes import Understood as UnderstoodParts

MAX_CHARACTERS: Final = 400
MAX_QUOTED_CHARACTERS: Final = 80

_LOOK_ALIKES: Final = {ord(sign): "@" for sign in "＠﹫"} | {ord(sign): "|" for sign in "｜￨¦∣│ǀ"}
_QUOTES: Final = {'"': '"', "'": "'", "`": "`", "“": "”", "„": "“", "‘": "’", "«": "»", "<": ">"}

_CLIENT_ID: Final = re.compile(r"\S+\.app\.sage\.com", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.\-]*://.*|www\..*|mailto:.*", re.IGNORECASE)
_JWT: Final = re.compile(r"eyJ[\w\-]+\.[\w\-]+\.[\w\-]*")
# Session IDs are long runs of letters, digits and a few signs; nobody's user ID is.
_OPAQUE: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[\w.\-~+/=*]{24,}", re.ASCII)
_MAIL_DOMAIN: Final = re.compile(r"[\w\-]+(\.[\w\-]+)*\.[a-z]{2,}", re.IGNORECASE)
_WORDS_OF_THE_GUIDE: Final = re.compile(r"userid@companyid(\|entityid)?", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FULL_WIDTH: Final = re.compile("[！-～]")

_FORM: Final = "userId@companyId"
_QUOTES_REMOVED: Final = "Quotation marks were removed."
_BLANKS_REMOVED: Final = "Blanks around the parts were removed."


@dataclass(frozen=True, slots=True)
class Understood:
    """A username taken apart.

    Attributes:
        user_id: The Web Services user, letter for letter.
        company_id: The company.
        entity_id: One entity of it; None for the top level.
        notes: Sentences on what was corrected or looks odd.
    """

    user_id: str
    company_id: str
    entity_id: str | None = None
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As Sage wants it; reading it again gives the same parts."""
        entity = "" if self.entity_id is None else f"|{self.entity_id}"
        return f"{self.user_id}@{self.company_id}{entity}"


def read_username(text: str) -> Understood | Misread:
    """Take a typed username apart. Never raises; any text has an answer."""
    if len(text) > MAX_CHARACTERS:
        return Misread(
            "too_long", f"This is longer than {MAX_CHARACTERS} characters; a username looks like {_FORM}."
        )
    cleaned, notes = _clean(text)
    misread = _something_else(cleaned) or _broken_characters(cleaned)
    if misread is not None:
        return misread
    return _take_apart(cleaned, notes)


def parts_of(text: str) -> UnderstoodParts | Misread:
    """`read_username` in the shape that forms show: named parts and notes."""
    read = read_username(text)
    if isinstance(read, Misread):
        return read
    parts = (("user_id", read.user_id), ("company_id", read.company_id), ("entity_id", read.entity_id))
    return UnderstoodParts(parts, read.notes)


def is_client_id(text: str) -> bool:
    """Whether a text has the form of a Client ID: `0123….app.sage.com`."""
    return _CLIENT_ID.fullmatch(text) is not None


def is_web_address(text: str) -> bool:
    """Whether a text is a web address, pasted from the address bar."""
    return _ADDRESS.fullmatch(text) is not None


def is_access_token(text: str) -> bool:
    """Whether a text has the form of a JWT, as access tokens have."""
    return _JWT.fullmatch(text) is not None


def _clean(text: str) -> tuple[str, tuple[str, ...]]:
    """Correct what can be corrected without guessing, until nothing is left to correct."""
    notes: list[str] = []
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf")
    if visible != text:
        notes.append("Invisible characters were removed.")
    signs = visible.translate(_LOOK_ALIKES)
    if signs != visible:
        notes.append("Look-alikes of @ and | were replaced by the plain signs.")
    spaces = "".join(" " if unicodedata.category(character) == "Zs" else character for character in signs)
    if spaces.strip() != signs.strip():
        notes.append("Special blanks were replaced by plain ones.")
    unquoted = _without_quotes(spaces.strip())
    if unquoted != spaces.strip():
        notes.append(_QUOTES_REMOVED)
    return unquoted, tuple(notes)


def _without_quotes(text: str) -> str:
    """A text without the pair of quotation marks that encloses it; one inside it means they don't."""
    if len(text) < 2 or _QUOTES.get(text[0]) != text[-1]:
        return text
    inner = text[1:-1]
    return text if text[0] in inner or text[-1] in inner else inner.strip()


def _something_else(text: str) -> Misread | None:
    """Other things of the form, pasted into this field. Those that may be secret are never quoted."""
    if not text:
        return Misread("empty", f"Enter the username as {_FORM}.")
    if is_client_id(text):
        return Misread("client_id", f"This is a Client ID. The username looks like {_FORM}.")
    if is_web_address(text):
        return Misread("web_address", f"This is a web address. The username looks like {_FORM}.")
    if is_access_token(text):
        return Misread("access_token", f"This is an access token. The username looks like {_FORM}.")
    if _OPAQUE.fullmatch(text):
        return Misread(
            "session_id",
            "This looks like a session ID or a secret. Put a session ID into the field Session ID; "
            f"the username looks like {_FORM}.",
        )
    if _WORDS_OF_THE_GUIDE.fullmatch(text):
        return Misread(
            "example",
            "These are the words of the guide. Put your own User ID before the @ and your own Company ID "
            "after it.",
        )
    return None


def _broken_characters(text: str) -> Misread | None:
    categories = {unicodedata.category(character) for character in text}
    if "Cs" in categories:
        return Misread("broken_character", "This holds a broken character. Type the username by hand.")
    if "Cc" not in categories and not categories & {"Zl", "Zp"}:
        return None
    pieces = [piece for piece in _CONTROL.split(text) if "@" in piece]
    return Misread(
        "line_break",
        "This holds a line break or a tab. The username is one line.",
        _suggest(pieces[0]) if len(pieces) == 1 else None,
    )


def _take_apart(text: str, notes: tuple[str, ...]) -> Understood | Misread:
    at_signs, bars = text.count("@"), text.count("|")
    if at_signs == 0:
        return _without_at_sign(text)
    if at_signs > 1:
        return _several_at_signs(text)
    before, _, after = text.partition("@")
    if "|" in before:
        return _bar_before_at_sign(before, after)
    if bars > 1:
        return _console(before, after)
    company, bar, entity = after.partition("|")
    parts = _Parts(*(_without_quotes(part.strip()) for part in (before, company, entity)))
    missing = _missing_part(parts, has_bar=bool(bar))
    if missing is not None:
        return missing
    return _settled(text, parts, notes + _corrections((before, company, entity), parts))


@dataclass(frozen=True, slots=True)
class _Parts:
    user: str
    company: str
    entity: str


def _corrections(typed: tuple[str, str, str], parts: _Parts) -> tuple[str, ...]:
    stripped = tuple(part.strip() for part in typed)
    blanks = (_BLANKS_REMOVED,) if stripped != typed else ()
    quotes = (_QUOTES_REMOVED,) if stripped != (parts.user, parts.company, parts.entity) else ()
    return blanks + quotes


def _settled(text: str, parts: _Parts, notes: tuple[str, ...]) -> Understood | Misread:
    """The parts, read once more where correcting them made a new text: what is shown must read as itself."""
    found = Understood(parts.user, parts.company, parts.entity or None, notes + _oddities(parts))
    if str(found) == text:
        return found
    again = read_username(str(found))
    if isinstance(again, Misread):
        return again
    return replace(again, notes=tuple(dict.fromkeys(notes + again.notes)))


def _missing_part(parts: _Parts, *, has_bar: bool) -> Misread | None:
    if not parts.user:
        company = _quoted(parts.company or "companyId")
        return Misread("user_missing", f"The User ID before the @ is missing: userId@{company}.")
    if not parts.company:
        user = _quoted(parts.user)
        return Misread("company_missing", f"The Company ID after the @ is missing: {user}@companyId.")
    if has_bar and not parts.entity:
        return Misread(
            "entity_missing",
            "The entity after the | is missing. Add it, or leave the | out for the top level of the company.",
            f"{parts.user}@{parts.company}",
        )
    return None


def _oddities(parts: _Parts) -> tuple[str, ...]:
    notes: list[str] = []
    if _MAIL_DOMAIN.fullmatch(parts.company):
        notes.append(
            f"“{_quoted(parts.company)}” looks like the end of an e-mail address. "
            "After the @ belongs the Company ID, as in Company → Setup → Company."
        )
    if any(" " in part for part in (parts.user, parts.company)):
        notes.append("There is a blank inside the User ID or the Company ID; check that it belongs there.")
    if any(_FULL_WIDTH.search(part) for part in (parts.user, parts.company, parts.entity)):
        notes.append(
            "There are full-width letters; if the IDs were created with plain ones, type them plain."
        )
    return tuple(notes)


def _without_at_sign(text: str) -> Misread:
    """No user and company to be told apart. The text is not quoted: it may be a secret in the wrong field."""
    pieces = [piece.strip() for piece in re.split(r"[|\\]", text)]
    if len(pieces) == 3 and all(pieces):
        return Misread(
            "user_missing",
            "This names a console, a company and an entity, but no user. Put the Web Services user and an @ "
            "first, "
            "and leave the console out: userId@companyId|entityId.",
        )
    suggestion = f"{pieces[1]}@{pieces[0]}" if len(pieces) == 2 and all(pieces) else None
    return Misread(
        "at_sign_missing",
        f"There is no @. The username is the User ID, an @ and the Company ID: {_FORM}.",
        _suggest(suggestion),
    )


def _several_at_signs(text: str) -> Misread:
    mail, _, place = text.rpartition("@")
    name, _, domain = mail.partition("@")
    if not name.strip() or "@" in domain or not _MAIL_DOMAIN.fullmatch(domain.strip()):
        return Misread(
            "several_at_signs",
            f"There is more than one @ in “{_quoted(text)}”. The username has one: between User ID and "
            "Company ID.",
        )
    return Misread(
        "mail_address_as_user",
        f"“{_quoted(mail.strip())}” is an e-mail address. Before the @ belongs the User ID of the Web "
        "Services user, "
        "as in Company → Admin → Web Services Users.",
        _suggest(f"{name.strip()}@{place.strip()}"),
    )


def _bar_before_at_sign(before: str, after: str) -> Misread:
    pieces = [piece.strip() for piece in before.split("|")]
    suggestion = f"{pieces[1]}@{after.strip()}|{pieces[0]}" if len(pieces) == 2 and "|" not in after else None
    return Misread(
        "bar_before_at_sign",
        "There is a | before the @. The entity comes last: userId@companyId|entityId.",
        _suggest(suggestion),
    )


def _console(before: str, after: str) -> Misread:
    pieces = [piece.strip() for piece in after.split("|")]
    suggestion = f"{before.strip()}@{pieces[1]}|{pieces[2]}" if len(pieces) == 3 else None
    return Misread(
        "console_id",
        f"“{_quoted(after.strip())}” has more than one |. If the first part is a console, leave it out: "
        "after the @ come the Company ID, one | and the entity.",
        _suggest(suggestion),
    )


def _suggest(text: str | None) -> str | None:
    """A suggestion is offered only if it would be understood."""
    if text is None or not isinstance(read := read_username(text), Understood):
        return None
    return str(read)


def _quoted(text: str) -> str:
    return text if len(text) <= MAX_QUOTED_CHARACTERS else text[:MAX_QUOTED_CHARACTERS] + "…"
