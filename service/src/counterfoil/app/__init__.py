"""The composition root: reads the settings, builds every part once and wires them. No rules live here.

foundation(settings)          the database's address and the master key; starts the embedded PostgreSQL
assembled(...)                all parts of one process, opened and closed in order
Application                   the ASGI application: proxy in front, API and pages behind, worker beside
"""

from counterfoil.app.application import Application
from counterfoil.app.foundation import Foundation, MasterKeyMissing, foundation
from counterfoil.app.logs import configure_logs
from counterfoil.app.parts import Parts, assembled

__all__ = [
    "Application",
    "Foundation",
    "MasterKeyMissing",
    "Parts",
    "assembled",
    "configure_logs",
    "foundation",
]
