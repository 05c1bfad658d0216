"""What makes the sandbox misbehave on purpose, and what it remembers of the requests it got.

`quirks` switches behaviour that is not proven; `planned` holds faults of single answers and `injection`
carries them out; `request_log` records the requests on Sage's paths. Setting them over HTTP is `control`'s.
"""

from intacct_sandbox.faults.injection import FaultInjection
from intacct_sandbox.faults.planned import Fault, FaultKind, Faults, Planned
from intacct_sandbox.faults.quirks import ALL, Quirk, Quirks
from intacct_sandbox.faults.request_log import Entry, RequestLog, RequestLogging

__all__ = [
    "ALL",
    "Entry",
    "Fault",
    "FaultInjection",
    "FaultKind",
    "Faults",
    "Planned",
    "Quirk",
    "Quirks",
    "RequestLog",
    "RequestLogging",
]
