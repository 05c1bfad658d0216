"""What the service says about why something failed: for people to read and for programs to branch on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from counterfoil_client._reading import (
    flag,
    mapping_or_none,
    moment_or_none,
    number,
    text,
    text_or_none,
    texts,
)


@dataclass(frozen=True, slots=True)
class GuideStep:
    """A step of the provider's setup guide.

    Attributes:
        number: Counts from 1.
        title: Its heading.
    """

    number: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Why something failed.

    Attributes:
        code: A stable word such as `client_not_authorized`.
        sentence: What happened.
        remedy: What to do, with the exact labels of the provider's pages.
        who: Who can do it: `administrator`, `developer`, `operator` or `nobody`.
        step: The guide's step that most often mends it, or None.
        recoverable: Whether it may mend itself without anybody doing anything.
        details: Names and values to compare or copy.
        retry_at: When the service tries again by itself, or None.
        raw: The whole object as it came.
    """

    code: str
    sentence: str
    remedy: str
    who: str
    step: GuideStep | None
    recoverable: bool
    details: Mapping[str, str]
    retry_at: datetime | None
    raw: Mapping[str, Any] = field(repr=False)


def read_diagnosis(source: Mapping[str, Any], *, code: str = "code") -> Diagnosis:
    """A diagnosis out of JSON; `code` names the member that holds its code. What is missing is empty."""
    return Diagnosis(
        code=text_or_none(source, code) or "",
        sentence=text_or_none(source, "sentence") or "",
        remedy=text_or_none(source, "remedy") or "",
        who=text_or_none(source, "who") or "",
        step=_step(mapping_or_none(source, "step")),
        recoverable=flag(source, "recoverable"),
        details=texts(source, "details"),
        retry_at=moment_or_none(source, "retry_at"),
        raw=source,
    )


def _step(source: Mapping[str, Any] | None) -> GuideStep | None:
    if source is None:
        return None
    return GuideStep(number(source, "number"), text(source, "title"))
