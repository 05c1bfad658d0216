"""Random query bodies against the query service: each gets 200 or a documented refusal, or this says which.

`python -m sandbox.tests.rest.query_fuzz --count 200000` runs many and prints what came of them; the test in
`test_query_fuzz` runs some. The documented answers are listed here and nowhere else.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rich.console import Console
from sandbox.tests.rest.conftest import Api, build_api
from sandbox.tests.rest.query_bodies import Bodies

from intacct_sandbox.rest import callers, reading
from intacct_sandbox.rest.answers import Answer
from intacct_sandbox.rest.callers import Caller, Sandbox

# Error ids of the query service in Sage's documents, in recordings and in what integrators report.
DOCUMENTED: Final = {
    "REST-1028": "a request requires a payload",
    "REST-1030": "the payload is not JSON",
    "REST-1064": "the payload contains errors",
    "REST-1106": "the field cannot be used in a query",
    "REST-1107": "the path crosses a list",
}
_META: Final = ["totalCount", "start", "pageSize", "next", "previous"]
_ERROR_META: Final = {"totalCount": 1, "totalSuccess": 0, "totalError": 1}
_CONSOLE: Final = Console()


@dataclass(slots=True)
class Outcome:
    """What came of some bodies.

    Attributes:
        answers: How many there were of each kind, by status and error id.
        complaints: A body, and what is wrong with its answer.
    """

    answers: Counter[str] = field(default_factory=Counter)
    complaints: list[tuple[bytes, str]] = field(default_factory=list)


class Target:
    """The query service over the company of the tests, as `Admin` and as a user restricted to one entity."""

    def __init__(self) -> None:
        self.api: Api = build_api()
        api = self.api
        self._sandbox = Sandbox(api.store, api.clock, api.ids, api.quirks)
        self._callers = [self._caller("Admin"), self._caller("East")]

    def _caller(self, user_id: str) -> Caller:
        found = callers.identify(
            self._sandbox,
            method="POST",
            resource=reading.QUERY,
            authorization=f"Bearer {self.api.token(user_id)}",
            entity_header=None,
        )
        assert isinstance(found, Caller)
        return found

    def ask(self, body: bytes, number: int = 0) -> Answer:
        """The answer to a body; who asks takes turns."""
        return reading.query(self._sandbox, self._callers[number % 2], body)


def run(target: Target, seed: int, count: int) -> Outcome:
    """Ask so many bodies."""
    bodies = Bodies(seed)
    outcome = Outcome()
    for number in range(count):
        body = bodies.next()
        try:
            answer = target.ask(body, number)
            kind = kind_of(answer)
            complaint = judge(body, answer)
        except Exception as failure:
            kind, complaint = "raised", f"raises {type(failure).__name__}: {failure}"
        outcome.answers[kind] += 1
        if complaint is not None:
            outcome.complaints.append((body, complaint))
    return outcome


def kind_of(answer: Answer) -> str:
    """Status and error id, in words for a table."""
    if answer.status != 400:
        return str(answer.status)
    return f"400 {json.loads(answer.body)['ia::result']['ia::error'].get('errorId')}"


def judge(body: bytes, answer: Answer) -> str | None:
    """What is wrong with an answer; None where it is as documented."""
    try:
        shown = json.loads(answer.body)
        asked = json.loads(body) if answer.status in {200, 207} else None
    except ValueError as failure:
        return f"answers {answer.status} with no JSON, or to none: {failure}"
    if answer.status == 200 and isinstance(asked, dict):
        return _page(asked, shown)
    if answer.status in {200, 207} and isinstance(asked, list):
        return _parts(asked, shown, answer.status)
    if answer.status == 400:
        return _refusal(shown.get("ia::result"), shown.get("ia::meta"))
    return f"answers {answer.status}"


def _page(asked: dict[str, Any], shown: Any) -> str | None:
    rows, meta = shown["ia::result"], shown["ia::meta"]
    if list(meta) != _META:
        return f"has the meta {meta}"
    names = list(dict.fromkeys(asked["fields"]))
    if any(list(row) != names for row in rows):
        return "has rows of other fields than were asked for"
    left = max(0, meta["totalCount"] - meta["start"] + 1)
    if len(rows) != min(left, meta["pageSize"]):
        return f"has {len(rows)} rows and the meta {meta}"
    following = meta["start"] + meta["pageSize"]
    if meta["next"] != (following if following <= meta["totalCount"] else None):
        return f"goes on at {meta['next']} with the meta {meta}"
    return None


def _parts(asked: list[Any], shown: Any, status: int) -> str | None:
    parts = shown["ia::result"]
    if len(parts) != len(asked) or (status == 207) != any(part["ia::status"] != 200 for part in parts):
        return f"answers a list of {len(asked)} with {status} and {len(parts)} parts"
    for query, part in zip(asked, parts, strict=True):
        complaint = _page(query, part) if part["ia::status"] == 200 else _refusal(part, _ERROR_META)
        if complaint is not None:
            return f"has a part that {complaint}"
    return None


def _refusal(result: Any, meta: Any) -> str | None:
    if meta != _ERROR_META or not isinstance(result, dict) or "ia::error" not in result:
        return f"refuses in another shape: {result} {meta}"
    error = result["ia::error"]
    if error["code"] != "invalidRequest" or error.get("errorId") not in DOCUMENTED or not error["message"]:
        return f"refuses with {error['code']} {error.get('errorId')}: {error['message']}"
    details = error.get("details", [])
    if error["errorId"] == "REST-1064" and not all(one["message"] for one in details or [{"message": ""}]):
        return "refuses a payload without saying why"
    return None


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="query_fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    begun_at = time.monotonic()
    outcome = run(Target(), asked.seed, asked.count)
    _CONSOLE.print(f"{asked.count} bodies of seed {asked.seed} in {time.monotonic() - begun_at:.0f} s")
    for kind, number in sorted(outcome.answers.items()):
        _CONSOLE.print(f"{number:>8}  {kind}")
    for body, complaint in outcome.complaints[:20]:
        _CONSOLE.print(f"{body[:2000]!r} {complaint}", markup=False)
    if outcome.complaints:
        raise SystemExit(f"{len(outcome.complaints)} answers are not documented")


if __name__ == "__main__":
    main()
