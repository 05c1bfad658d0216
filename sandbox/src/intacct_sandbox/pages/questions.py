"""The question before something is lost: a page of its own, which the page's script asks in a dialog."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from intacct_sandbox.pages.doors import Visit


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        title: The question itself.
        text: What will be lost.
        action: On the button that says yes.
        back: Where a no leads to.
    """

    title: str
    text: str
    action: str
    back: str


def ask(visit: Visit[Any], question: Question) -> Response:
    """The page that asks; a yes is posted to the same path."""
    return visit.show("confirm.html", question=question)
