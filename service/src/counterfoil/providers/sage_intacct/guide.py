"""The four steps of the administrator's guide, and the menu paths in Sage's own labels."""

from typing import Final

from counterfoil.auth_modes import GuideStep

WEB_SERVICES_USER: Final = GuideStep(1, "Create a Web Services user")
API_CLIENT: Final = GuideStep(2, "Register an API client")
AUTHORIZED_CLIENT: Final = GuideStep(3, "Authorize the client application")
ENTER_CREDENTIALS: Final = GuideStep(4, "Enter the credentials in the Connect page")

STEPS: Final = (WEB_SERVICES_USER, API_CLIENT, AUTHORIZED_CLIENT, ENTER_CREDENTIALS)

USERS_PATH: Final = "Company → Admin → Web Services Users"
COMPANY_ID_PATH: Final = "Company → Setup → Company"
CLIENTS_PATH: Final = "Company → Setup → Company → Edit → Security → Authorized Client Applications"
SUBSCRIPTIONS_PATH: Final = "Company → Admin → Subscriptions"

# The XML gateway knows no client applications: the company lets a sender in.
AUTHORIZED_SENDER: Final = GuideStep(2, "Authorize the sender")
ENTER_LOGIN: Final = GuideStep(3, "Enter the login in the Connect page")

GATEWAY_STEPS: Final = (WEB_SERVICES_USER, AUTHORIZED_SENDER, ENTER_LOGIN)

SENDERS_PATH: Final = "Company → Setup → Company → Edit → Security → Web Services Authorizations"
