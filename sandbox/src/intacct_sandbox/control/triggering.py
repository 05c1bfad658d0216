"""The control plane's part about triggers: defining them, the log of deliveries, sending what is due now."""

from collections.abc import Mapping
from typing import Any, Final

from intacct_sandbox.control.plane import Json, only
from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.identity import companies
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.store import Store
from intacct_sandbox.triggers import EVENTS, Deliveries, Message, Trigger, definitions, deliveries
from intacct_sandbox.triggers.definitions import NewTrigger

_MEMBERS: Final = ("company", "name", "object", "events", "url", "client_id", "status")


class TriggerPlane:
    """The triggers of all companies."""

    def __init__(self, store: Store, sender: Deliveries) -> None:
        self._store = store
        self._sender = sender

    def every(self) -> Json:
        """All triggers, by company."""
        return {
            "triggers": [
                _trigger(company, one)
                for company in companies.every(self._store)
                for one in definitions.every(self._store, company.key)
            ]
        }

    def add(self, wanted: Mapping[str, Any]) -> Json:
        """Make a trigger.

        Args:
            wanted: `company`, `object`, `url`, `client_id`; perhaps `name`, `status` and `events`, which are
                all three if not given.

        Raises:
            InvalidInput: A member can't be used.
        """
        only(wanted, *_MEMBERS)
        company = companies.find(self._store, _text(wanted, "company"))
        if company is None:
            raise InvalidInput("company", "There is no such company.")
        events = wanted.get("events", list(EVENTS))
        if not isinstance(events, list) or not all(isinstance(event, str) for event in events):
            raise InvalidInput("events", f"events is a list of {', '.join(EVENTS)}.")
        number = len(definitions.every(self._store, company.key)) + 1
        new = NewTrigger(
            name=_text(wanted, "name", f"Trigger {number}"),
            object_name=_text(wanted, "object"),
            events=tuple(events),
            url=_text(wanted, "url"),
            client_id=_text(wanted, "client_id"),
            status=_text(wanted, "status", "active"),
        )
        try:
            return _trigger(company, definitions.add(self._store, company.key, new))
        except InvalidInput as invalid:
            field = "object" if invalid.field == "object_name" else invalid.field
            raise InvalidInput(field, invalid.message) from None

    def remove(self, key: int) -> Json:
        """Delete a trigger.

        Raises:
            UnknownThing: There is none of that key.
        """
        if key > 2**62:
            raise UnknownThing("There is no such trigger.")
        definitions.remove(self._store, key)
        return self.every()

    def deliveries(self) -> Json:
        """The log of deliveries, the newest first."""
        self._sender.collect()
        return {"deliveries": [self._delivery(one) for one in deliveries.every(self._store)]}

    async def deliver(self, wanted: Mapping[str, Any]) -> Json:
        """Send what is due, wait until it is sent, and tell what came of it.

        Args:
            wanted: Perhaps `ahead`, true to send also what waits for its next attempt.

        Raises:
            InvalidInput: Another member.
        """
        only(wanted, "ahead")
        ahead = wanted.get("ahead", False)
        if not isinstance(ahead, bool):
            raise InvalidInput("ahead", "ahead is true or false.")
        return {"deliveries": [self._delivery(one) for one in await self._sender.deliver(ahead=ahead)]}

    def _delivery(self, message: Message) -> Json:
        company = companies.by_key(self._store, message.company_key)
        return {
            "number": message.number,
            "company": company.id if company is not None else None,
            "trigger": message.trigger_name,
            "object": message.object_name,
            "event": message.event,
            "key": message.record_key,
            "url": message.url,
            "state": message.state,
            "made_at": message.made_at.isoformat(),
            "next_at": message.next_at.isoformat() if message.next_at is not None else None,
            "body": message.body.decode(),
            "attempts": [
                {"at": one.at.isoformat(), "status": one.status, "problem": one.problem}
                for one in message.attempts
            ],
        }


def _trigger(company: Company, trigger: Trigger) -> Json:
    return {
        "key": trigger.key,
        "company": company.id,
        "name": trigger.name,
        "object": trigger.object_name,
        "events": list(trigger.events),
        "url": trigger.url,
        "client_id": trigger.client_id,
        "status": trigger.status,
    }


def _text(wanted: Mapping[str, Any], name: str, default: str = "") -> str:
    value = wanted.get(name, default)
    if not isinstance(value, str):
        raise InvalidInput(name, f"{name} must be a text.")
    return value
