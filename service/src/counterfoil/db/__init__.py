"""The one database: PostgreSQL, reached through SQLAlchemy for the control plane and through raw psycopg
where a statement must be exact or fast.

    Database           engine and pool of one URL; `session()` is one transaction
    Base               what every feature's tables inherit from
    migrate            brings a database to this release's schema; safe to call from many processes at once
    embedded           a PostgreSQL of our own, for development and small installations

Not a repository layer: features write their own statements. Times come from the database's clock where two
processes must agree on them.
"""

from counterfoil.db.base import Base
from counterfoil.db.database import Database, conninfo
from counterfoil.db.errors import DatabaseUnavailable
from counterfoil.db.schema import migrate, schema_is_current

__all__ = ["Base", "Database", "DatabaseUnavailable", "conninfo", "migrate", "schema_is_current"]
