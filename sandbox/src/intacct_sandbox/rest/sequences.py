"""The next value of a document sequence, which is counted on by asking (§6.7).

The members of request and answer are those of Sage's examples. How prefix, number and suffix are put together
follows the sequence's own fields; no example shows a sequence beside its value.
"""

from typing import Any, Final

import orjson

from intacct_sandbox import objects
from intacct_sandbox.objects import BadPayload, Definition, ObjectsError
from intacct_sandbox.rest import writing
from intacct_sandbox.rest.answers import (
    Answer,
    Detail,
    payload_errors,
    payload_malformed,
    payload_missing,
    record,
    request_failed,
)
from intacct_sandbox.rest.callers import Caller, Sandbox
from intacct_sandbox.rest.reading import no_such_key

NEXT_VALUE: Final = "services/company-config/document-sequence/generate-next-value"
SEQUENCE: Final = "company-config/document-sequence"
_MEMBERS: Final = frozenset({"key", "id", "fiscalYear"})

Json = dict[str, Any]


def next_value(sandbox: Sandbox, caller: Caller, body: bytes) -> Answer:
    """`POST /services/company-config/document-sequence/generate-next-value`."""
    if not body.strip():
        return payload_missing(sandbox.ids, "POST")
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return payload_malformed(sandbox.ids)
    problem = _problem(asked)
    if problem is not None:
        return payload_errors(sandbox.ids, problem)
    definition = writing.writable(sandbox, caller, SEQUENCE, method="PATCH", resource=NEXT_VALUE)
    if isinstance(definition, Answer):
        return definition
    sequence = _find(sandbox, caller, asked)
    if sequence is None:
        said = str(asked.get("key") or asked.get("id"))
        return no_such_key(sandbox, SEQUENCE, said, method="POST", resource=NEXT_VALUE)
    return _counted_on(sandbox, caller, definition, sequence, asked)


def _counted_on(
    sandbox: Sandbox, caller: Caller, definition: Definition, sequence: Json, asked: Json
) -> Answer:
    if sequence["type"] == "alpha":
        message = "This sandbox counts numeric sequences only"
        return _failed(sandbox, message)
    number = sequence["nextNumber"] or sequence["startingNumber"] or 1
    ending = str(sequence["endingNumber"] or "")
    if ending.isascii() and ending.isdigit() and number > int(ending):
        return _failed(sandbox, f"The document sequence {sequence['id']} has reached its end")
    try:
        writing.changes(sandbox, caller).update(definition, sequence["key"], {"nextNumber": number + 1})
    except BadPayload as refused:
        return payload_errors(sandbox.ids, Detail(str(refused)))
    except ObjectsError as refused:
        return _failed(sandbox, str(refused))
    shown: Json = {"key": sequence["key"], "id": sequence["id"], "nextValue": _value(sequence, number)}
    if "fiscalYear" in asked:
        shown["fiscalYear"] = asked["fiscalYear"]
    return record(shown)


def _value(sequence: Json, number: int) -> str:
    length = str(sequence["fixedLength"] or "")
    digits = str(number).zfill(int(length)) if length.isascii() and length.isdigit() else str(number)
    before, after = sequence["fixedPrefix"] or "", sequence["fixedSuffix"] or ""
    front = f"{before}{sequence['prefixSeparator'] or ''}" if before else ""
    back = f"{sequence['suffixSeparator'] or ''}{after}" if after else ""
    return f"{front}{digits}{back}"


def _find(sandbox: Sandbox, caller: Caller, asked: Json) -> Json | None:
    key = asked.get("key")
    if key is None:
        row = sandbox.store.one(
            "SELECT key FROM company_config__document_sequence WHERE company_key = ? AND id = ?",
            (caller.scope.company_key, asked["id"]),
        )
        key = str(row[0]) if row is not None else ""
    today = sandbox.clock.now().date()
    found = objects.get(sandbox.store, objects.ALL[SEQUENCE], key, caller.scope, today=today)
    return found if found is not None and asked.get("id") in {None, found["id"]} else None


def _problem(asked: object) -> Detail | None:
    if not isinstance(asked, dict):
        return Detail("/ must be an object", target="/")
    for name, value in asked.items():
        if name not in _MEMBERS:
            return Detail(f"/{name} is not a valid field", target=f"/{name}")
        wanted = int if name == "fiscalYear" else str
        if not isinstance(value, wanted) or isinstance(value, bool):
            return Detail(f"/{name} must be {'a number' if wanted is int else 'a string'}", target=f"/{name}")
    if "key" not in asked and "id" not in asked:
        return Detail("/id is required", target="/id")
    return None


def _failed(sandbox: Sandbox, message: str) -> Answer:
    status = int(sandbox.quirks.value("business-rule-status"))
    detail = Detail(message, code="operationFailed")
    return request_failed(sandbox.ids, status, method="POST", resource=NEXT_VALUE, detail=detail)
