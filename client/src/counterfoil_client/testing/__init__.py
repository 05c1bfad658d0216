"""For the tests of programs that use this package: the service in memory, behind the real client.

FakeCounterfoil     integrations, sessions, connections and canned answers of the provider
Reply               a canned answer
RecordedCall        what your program sent
"""

from counterfoil_client.testing.calls import RecordedCall, Reply
from counterfoil_client.testing.fake import FakeCounterfoil

__all__ = ["FakeCounterfoil", "RecordedCall", "Reply"]
