"""Why a query or a value cannot be used, in the objects' own words.

    ObjectsError
    ├── UnknownField            no such path on the object
    ├── UnqueryableField        the path exists and may not be used there
    ├── BadOperand              a filter's value does not fit its field
    ├── BadExpression           a filterExpression that cannot be read
    ├── BadAggregate            an aggregate of a field that it does not take
    ├── BadOrder                a query with aggregates is ordered by what it does not select
    ├── TooComplex              more relations, filters or fields than the sandbox compiles
    ├── BadPayload              a record's JSON is not what its object takes
    ├── NoSuchRecord            nothing is there under that key, or the caller does not see it
    ├── Taken                   another record has that id
    ├── KeptElsewhere           the sandbox keeps these records in another place and does not write them here
    └── RuleBroken              what is asked is well formed and against a rule

`rest` and `gateway` render these in Sage's shapes; no error code of Sage is known here.
"""

from dataclasses import dataclass
from typing import Literal

from intacct_sandbox.errors import SandboxError


class ObjectsError(SandboxError):
    """The root."""


class _FieldError(ObjectsError):
    def __init__(self, object_name: str, path: str, message: str) -> None:
        super().__init__(message)
        self.object_name = object_name
        self.path = path


class UnknownField(_FieldError):
    """No such path.

    Attributes:
        object_name: The queried object.
        path: The path as asked for.
    """

    def __init__(self, object_name: str, path: str) -> None:
        super().__init__(object_name, path, f"{object_name} has no field {path}")


class UnqueryableField(_FieldError):
    """A write-only or deprecated field, or a derived one in a filter or an order.

    Attributes:
        object_name: The queried object.
        path: The path as asked for.
    """

    def __init__(self, object_name: str, path: str) -> None:
        super().__init__(object_name, path, f"{path} of {object_name} cannot be used there")


class BadOperand(ObjectsError):
    """A filter's value does not fit.

    Attributes:
        operator: The operator, `$eq`.
        path: The filtered path.
        reason: What is wrong with the value, as the end of a sentence.
    """

    def __init__(self, operator: str, path: str, reason: str) -> None:
        super().__init__(f"The value of {operator} for {path} {reason}")
        self.operator = operator
        self.path = path
        self.reason = reason


class BadExpression(ObjectsError):
    """The `filterExpression` cannot be read, or names a filter that is not there."""


class BadAggregate(ObjectsError):
    """A function does not take such a field.

    Attributes:
        function: The word before the colon.
        path: The path behind it.
    """

    def __init__(self, function: str, path: str) -> None:
        super().__init__(f"{function} cannot be used with the {path} field")
        self.function = function
        self.path = path


class BadOrder(ObjectsError):
    """A query with aggregates is ordered by something that it does not select.

    Attributes:
        path: What it is ordered by.
    """

    def __init__(self, path: str) -> None:
        super().__init__(f"A query with aggregates can be ordered by what it selects, not by {path}")
        self.path = path


class TooComplex(ObjectsError):
    """More than the sandbox compiles into one statement; the text says what and how many."""


ProblemKind = Literal["unknown", "readOnly", "type", "value", "required"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a payload.

    Attributes:
        kind: What sort of thing.
        pointer: Where, as a JSON pointer, `/lines/0/txnAmount`.
        message: A sentence.
    """

    kind: ProblemKind
    pointer: str
    message: str


class BadPayload(ObjectsError):
    """A record's JSON is not what its object takes.

    Attributes:
        problems: Everything that is wrong, in the payload's order.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


class NoSuchRecord(ObjectsError):
    """Nothing is there under that key.

    Attributes:
        object_name: The object.
        key: As asked for.
    """

    def __init__(self, object_name: str, key: str) -> None:
        super().__init__(f"There is no {object_name} with key {key}")
        self.object_name = object_name
        self.key = key


class Taken(ObjectsError):
    """Another record of the object has that id.

    Attributes:
        value: The id.
    """

    def __init__(self, value: str) -> None:
        super().__init__(f"Another record with the value {value} already exists")
        self.value = value


class KeptElsewhere(ObjectsError):
    """The records are administered on the company's pages."""

    def __init__(self, object_name: str) -> None:
        super().__init__(
            f"This sandbox keeps records of {object_name} on the company's pages"
            " and does not write them by API"
        )


@dataclass(frozen=True, slots=True)
class Breach:
    """One reason why a rule is broken.

    Attributes:
        message: A sentence.
        code: Sage's word for it.
        error_id: Sage's number, where one was seen.
        message_id: Sage's name of the text, where one was seen.
        pointer: Where in the payload, if anywhere.
    """

    message: str
    code: str = "invalidRequest"
    error_id: str | None = None
    message_id: str | None = None
    pointer: str | None = None


class RuleBroken(ObjectsError):
    """What is asked is well formed and against a rule of accounting or of the company.

    Attributes:
        breaches: The reasons.
    """

    def __init__(self, *breaches: Breach) -> None:
        super().__init__("; ".join(breach.message for breach in breaches))
        self.breaches = breaches
