"""Attachments: files in base64, each with a key and a size of its own, in folders that know what they hold.

The files stand in the attachment's own row, as their definition has no object for them. A file without a key
is added, one with a key is changed or, with `ia::operation`, deleted (`sage-intacct-rest.md` §6.4, §6.7).
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from intacct_sandbox.objects.behaviour import Behaviour, Draft, Ledger
from intacct_sandbox.objects.errors import BadPayload, Breach, Problem, ProblemKind, RuleBroken
from intacct_sandbox.objects.payloads import OPERATION

ATTACHMENT: Final = "company-config/attachment"
FOLDER: Final = "company-config/folder"
FILES: Final = "files"
# Files have keys of their own, counted beside those of the objects.
_SEQUENCE: Final = "company-config/attachment files"
_MEMBERS: Final = frozenset({"name", "data", "key", "id", "size", "href", "attachment", OPERATION})
_LONGEST_NAME: Final = 255

Json = dict[str, Any]


def _prepare(ledger: Ledger, draft: Draft) -> None:
    if FILES not in draft.kept:
        return
    files = {str(one["key"]): one for one in _files(ledger, draft.key)}
    for place, element in enumerate(draft.kept[FILES]):
        at = f"{draft.pointer}/{FILES}/{place}"
        _check_members(element, at)
        _apply(ledger, draft, files, element, at)
    names = [one["name"] for one in files.values()]
    if len(set(names)) < len(names):
        raise RuleBroken(Breach("Two files of an attachment have the same name", "operationFailed"))
    draft.kept[FILES] = list(files.values())


def _apply(ledger: Ledger, draft: Draft, files: dict[str, Json], element: Json, at: str) -> None:
    key = element.get("key")
    operation = element.get(OPERATION, "add" if key is None else "update")
    if operation == "add":
        made = _next_key(ledger)
        files[made] = _file(ledger, made, element, at)
        return
    if draft.is_new or not isinstance(key, str) or key not in files:
        raise RuleBroken(Breach(f"There is no file with key {key}", "invalidKey", pointer=f"{at}/key"))
    if operation == "delete":
        del files[key]
    elif operation == "update":
        files[key] = _file(ledger, key, {**files[key], **element}, at)
    else:
        raise _bad("value", f"{at}/{OPERATION}", "must be add, update or delete")


def _file(ledger: Ledger, key: str, element: Mapping[str, Any], at: str) -> Json:
    name, data = element.get("name"), element.get("data")
    if not isinstance(name, str) or not name.strip():
        raise _bad("required", f"{at}/name", "is required")
    if len(name) > _LONGEST_NAME:
        raise _bad("value", f"{at}/name", f"must have {_LONGEST_NAME} characters at most")
    if not PurePosixPath(name).suffix and ledger.quirks.value("attachment-file-extension") == "required":
        raise _bad("value", f"{at}/name", "must have an extension, such as invoice.pdf")
    if not isinstance(data, str) or not data:
        raise _bad("required", f"{at}/data", "is required")
    return {"key": key, "id": key, "name": name, "size": _size(data, at), "data": data}


def _size(data: str, at: str) -> int:
    """How many bytes a file has."""
    try:
        return len(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError):
        raise _bad("value", f"{at}/data", "must be in base64") from None


def _check_members(element: Mapping[str, Any], at: str) -> None:
    for name in element:
        if name not in _MEMBERS:
            raise BadPayload(Problem("unknown", f"{at}/{name}", f"{at}/{name} is not a valid field"))


def _files(ledger: Ledger, key: int | None) -> list[Json]:
    if key is None:
        return []
    kept = ledger.row(ATTACHMENT, key, (FILES,))[FILES]
    found: list[Json] = json.loads(kept) if kept is not None else []
    return found


def _next_key(ledger: Ledger) -> str:
    (row,) = ledger.store.query(
        "INSERT INTO object_sequence (company_key, object, last_key) VALUES (?, ?, 1)"
        " ON CONFLICT DO UPDATE SET last_key = last_key + 1 RETURNING last_key",
        (ledger.author.company_key, _SEQUENCE),
    )
    return str(row[0])


# Folders


def _settle(ledger: Ledger, _key: int) -> None:
    """Let every folder know what is in it."""
    ledger.store.execute(
        'UPDATE company_config__folder AS f SET "hasAttachments" = EXISTS ('
        "SELECT 1 FROM company_config__attachment AS a"
        ' WHERE a.company_key = f.company_key AND a."folder" = f.key),'
        ' "hasSubfolders" = EXISTS (SELECT 1 FROM company_config__folder AS s'
        ' WHERE s.company_key = f.company_key AND s."parent" = f.key) WHERE f.company_key = ?',
        (ledger.author.company_key,),
    )


def _prepare_folder(ledger: Ledger, draft: Draft) -> None:
    """A folder stands in no folder of its own."""
    if draft.key is not None and draft.key in _way_up(ledger, draft.links.get("parent")):
        raise RuleBroken(
            Breach(
                "A folder cannot be in itself or below itself",
                "operationFailed",
                pointer=f"{draft.pointer}/parent",
            )
        )


def _way_up(ledger: Ledger, key: int | None) -> Iterator[int]:
    while key is not None:
        yield key
        above = ledger.row(FOLDER, key, ("parent",))["parent"]
        key = int(above) if above is not None else None


def _release(ledger: Ledger, key: int) -> Callable[[], None]:
    return lambda: _settle(ledger, key)


def _bad(kind: ProblemKind, pointer: str, reason: str) -> BadPayload:
    return BadPayload(Problem(kind, pointer, f"{pointer} {reason}"))


ATTACHMENTS: Final = Behaviour(prepare=_prepare, settle=_settle, release=_release)
FOLDERS: Final = Behaviour(prepare=_prepare_folder, settle=_settle, release=_release)
