"""The sandbox's state: one SQLite connection, in memory or in a file, and nothing about what is in it."""

from intacct_sandbox.store.store import Store

__all__ = ["Store"]
