"""Platform triggers that post: what an administrator defines, and its deliveries.

    definitions    a company's triggers: object, events, address, and whose secret signs
    signing        the headers of a delivery
    deliveries     messages, attempts, the retry schedule; sending

What happened to records is told by `objects.happenings`. Facts are those of `sage-intacct-rest.md` §6.7; what
they leave open are quirks whose names begin with `webhook`.
"""

from intacct_sandbox.triggers import definitions, deliveries
from intacct_sandbox.triggers.definitions import EVENTS, Trigger
from intacct_sandbox.triggers.deliveries import Deliveries, Message

SCHEMA = definitions.SCHEMA + deliveries.SCHEMA

__all__ = ["EVENTS", "SCHEMA", "Deliveries", "Message", "Trigger", "definitions", "deliveries"]
