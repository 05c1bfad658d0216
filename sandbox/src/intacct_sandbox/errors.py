"""The base of the sandbox's own error tree.

    SandboxError                what went wrong, in a sentence that says what to do
    ├── InvalidInput            a form or a control-plane request can't be used; `field` names where
    └── UnknownThing            nothing by that name

Sage's error shapes are not here: `oauth2`, `rest` and `gateway` each render their own, as values.
"""


class SandboxError(Exception):
    """The root; the text is safe to show."""


class InvalidInput(SandboxError):
    """A value can't be used.

    Attributes:
        field: The name of the form field or JSON member the sentence is about.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class UnknownThing(SandboxError):
    """Nothing by that name."""
