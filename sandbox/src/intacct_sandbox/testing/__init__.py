"""The sandbox as an instrument of tests: a real process, and an object to play on it.

    started(...) -> ContextManager[TestSandbox]     a sandbox on a free port for as long as the context lasts
    TestSandbox                                     its URL, its credentials, its control plane
    plugin                                          the same as fixtures of pytest

It talks to the sandbox over HTTP only, as a test in any other language does, and imports nothing of the
sandbox itself: pytest loads the plugin at every start, also of test runs that need no sandbox.
"""

from intacct_sandbox.testing.control import ControlRefused, TestSandbox
from intacct_sandbox.testing.credentials import GUIDE, Credentials
from intacct_sandbox.testing.process import NotReady, started

__all__ = ["GUIDE", "ControlRefused", "Credentials", "NotReady", "TestSandbox", "started"]
