"""Why a query or a value cannot be used, in the objects' own words.

    ObjectsError
    ├── UnknownField            no such path on the object
    ├── UnqueryableField        the path exists and may not be used there
    ├── BadOperand              a filter's value does not fit its field
    ├── BadExpression           a filterExpression that cannot be read
    └── TooComplex              more relations, filters or fields than the sandbox compiles

`rest` and `gateway` render these in Sage's shapes; no error code of Sage is known here.
"""

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


class TooComplex(ObjectsError):
    """More than the sandbox compiles into one statement; the text says what and how many."""
