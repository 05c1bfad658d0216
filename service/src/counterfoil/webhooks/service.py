"""`Webhooks`: the parts of this package wired together. Rules live in the parts."""

from procrastinate import App, Blueprint

from counterfoil.clock import Clock
from counterfoil.db import Database
from counterfoil.ids import Ids
from counterfoil.outbound import Outbound
from counterfoil.providers import Catalogue
from counterfoil.vault import Vault
from counterfoil.webhooks import tasks
from counterfoil.webhooks.configuration import Configuration
from counterfoil.webhooks.deliveries import Deliveries
from counterfoil.webhooks.dispatching import Dispatcher
from counterfoil.webhooks.ledger import Ledger
from counterfoil.webhooks.sending import LEASE_SECONDS, Sender

_UNKNOWN_MODE = "unknown"


class Webhooks:
    """Outgoing webhooks of one process.

    Attributes:
        configuration: Settings and signing keys.
        deliveries: The log, and sending again.
        dispatcher: Turns events into deliveries.
        sender: Sends them.
        ledger: The rows that sending works on.

    Args:
        database: Where all of it is.
        vault: Seals signing keys.
        outbound: The way out.
        catalogue: Says which auth mode a provider has.
        clock: For what is due.
        ids: Names messages, makes keys.
        app: The job queue; it need not be open for deferring.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        outbound: Outbound,
        catalogue: Catalogue,
        clock: Clock,
        ids: Ids,
        app: App,
    ) -> None:
        def auth_mode_of(provider_id: str) -> str:
            provider = catalogue.find(provider_id)
            return _UNKNOWN_MODE if provider is None else provider.auth_mode

        self._clock = clock
        self.configuration = Configuration(database, vault, clock, ids)
        self.deliveries = Deliveries(database, app, clock)
        self.dispatcher = Dispatcher(database, app, auth_mode_of, clock, ids)
        self.ledger = Ledger(database, LEASE_SECONDS)
        self.sender = Sender(self.ledger, self.configuration, outbound, clock)

    def blueprint(self) -> Blueprint:
        """The jobs, to be added to the app under the namespace `webhooks`."""
        return tasks.blueprint(self.dispatcher, self.sender, self.ledger, self._clock)
