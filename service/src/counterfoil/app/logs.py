"""Logs: one JSON object a line on standard error, ours and those of the libraries alike.

Nothing is filtered here: secrets never get this far, because their type does not show itself.
"""

import logging
import sys
from typing import Any, Final

import orjson
import structlog

_LEVELS: Final = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}
# What libraries say at lower levels is about their own insides, statements and their parameters among it.
_LIBRARIES_AT_LEAST: Final = logging.WARNING


def configure_logs(level: str) -> None:
    """Send every log to standard error; `level` is `DEBUG`, `INFO`, `WARNING` or `ERROR`."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, _json],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _json],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(_LEVELS[level], _LIBRARIES_AT_LEAST), force=True)
    logging.getLogger("counterfoil").setLevel(_LEVELS[level])


def _json(_logger: Any, _method: str, event: Any) -> str:  # noqa: ANN401 - structlog's own types
    return orjson.dumps(event, default=str).decode()
