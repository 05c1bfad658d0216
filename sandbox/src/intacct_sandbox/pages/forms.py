"""A submitted form: its values as they were typed, and what is wrong with them, by field.

Whether a value is acceptable is `identity`'s to say; here is only what every form needs. A form that is
refused is shown again with everything that was typed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import parse_qsl

from intacct_sandbox.errors import InvalidInput

T = TypeVar("T")

MAX_BODY_BYTES = 65_536
_MAX_FIELDS = 500


class UnreadableForm(Exception):
    """The body is not a form that a page of ours can have sent."""


class Form:
    """The values of a form and the sentences beside its fields.

    Args:
        values: What the fields hold; a field may hold several.
    """

    def __init__(self, values: Mapping[str, Sequence[str]] | None = None) -> None:
        self._values = {name: tuple(held) for name, held in (values or {}).items()}
        self.errors: dict[str, str] = {}

    @classmethod
    def of(cls, **values: str | Sequence[str]) -> "Form":
        """A form filled with what is stored."""
        return cls({name: (held,) if isinstance(held, str) else held for name, held in values.items()})

    @classmethod
    def read(cls, body: bytes) -> "Form":
        """The form in a body of type `application/x-www-form-urlencoded`.

        Raises:
            UnreadableForm: It is not UTF-8, or has too many fields.
        """
        try:
            pairs = parse_qsl(
                body.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict"
            )
        except ValueError as error:
            raise UnreadableForm from error
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value)
        return cls(values)

    def raw(self, name: str) -> str:
        """The value exactly as it was typed, or an empty text."""
        held = self._values.get(name, ())
        return held[0] if held else ""

    def text(self, name: str) -> str:
        """The value without blanks around it."""
        return self.raw(name).strip()

    def many(self, name: str) -> tuple[str, ...]:
        """All values of a group of check boxes."""
        return self._values.get(name, ())

    def holds(self, name: str, value: str) -> bool:
        """Whether a check box or an option is chosen."""
        return value in self.many(name)

    def required(self, name: str, sentence: str, longest: int = 200) -> str:
        """The value without blanks around it; the sentence goes beside the field where it is empty."""
        value = self.text(name)
        if not value:
            self.reject(name, sentence)
        if len(value) > longest:
            self.reject(name, f"Use at most {longest} characters.")
        return value

    def optional(self, name: str, longest: int = 1000) -> str:
        """The value without blanks around it, which may be empty."""
        value = self.text(name)
        if len(value) > longest:
            self.reject(name, f"Use at most {longest} characters.")
        return value

    def reject(self, name: str, sentence: str) -> None:
        """Put a sentence beside a field; the first one stays."""
        self.errors.setdefault(name, sentence)

    def attempt(self, action: Callable[[], T]) -> T | None:
        """Do it if nothing is wrong so far; what the action itself refuses goes beside its field.

        Returns:
            What the action returned, or None if the form has to be shown again.
        """
        if self.errors:
            return None
        try:
            return action()
        except InvalidInput as invalid:
            self.reject(invalid.field, invalid.message)
            return None
