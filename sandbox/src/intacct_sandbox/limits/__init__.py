"""How much a company may ask of the API: its performance tier, and what happens above it.

    tiers        the tiers and which one a company has
    usage        the transactions of a month
    throttling   requests at once, refused with 429 where there are too many; the X-IA headers

No company has a tier until somebody gives it one: without, requests are counted and never refused. Facts are
those of `sage-intacct-rest.md` §7; what they leave open are quirks.
"""

from intacct_sandbox.limits import tiers, usage
from intacct_sandbox.limits.throttling import Limits, Throttling

SCHEMA = tiers.SCHEMA + usage.SCHEMA

__all__ = ["SCHEMA", "Limits", "Throttling", "tiers", "usage"]
