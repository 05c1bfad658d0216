"""Why a function fails. Sage's numbers are documented or seen; the sentences are the sandbox's own.

`DL02000001` is what clients in the field see of a field that is not there and of a query that cannot be read;
`BL01001973` is the documented number of a business rule (`sage-intacct-rest.md` §3).
"""

from typing import Final

from intacct_sandbox.errors import SandboxError

QUERY: Final = "DL02000001"
BUSINESS: Final = "BL01001973"


class Refused(SandboxError):
    """A function that fails.

    Attributes:
        number: The error's number.
        text: What goes to `description2`, without the support ID.
    """

    def __init__(self, text: str, number: str = QUERY) -> None:
        super().__init__(text)
        self.number = number
        self.text = text
