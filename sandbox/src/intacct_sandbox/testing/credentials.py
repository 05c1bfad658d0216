"""What can be signed in with in the fixtures `guide` and `ledger`. Play money, told to every visitor."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The end of the guide: a client that is authorized, and the user it works as.

    Attributes:
        username: Of the user with all permissions at the top level; `userId@companyId`.
        username_in_entity: The same user in one entity; `userId@companyId|entityId`.
    """

    client_id: str
    client_secret: str
    company_id: str
    username: str
    username_in_entity: str
    user_id: str
    user_password: str
    sender_id: str
    sender_password: str

    def token_request(self, username: str | None = None) -> dict[str, str]:
        """The form fields of a token request with client credentials."""
        return {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "username": username or self.username,
        }


GUIDE: Final = Credentials(
    client_id="0123456789abcdef0123.app.sage.com",
    client_secret="sandbox-client-secret",  # noqa: S106 - play money
    company_id="MyCompany",
    username="Admin@MyCompany",
    username_in_entity="Admin@MyCompany|Central Region",
    user_id="Admin",
    user_password="sandbox",  # noqa: S106 - play money
    sender_id="acme-sender",
    sender_password="sandbox-sender",  # noqa: S106 - play money
)
