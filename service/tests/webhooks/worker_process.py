"""`counterfoil worker` in a process of its own, so that it can be killed. Tests' support, without any test.

It is the command itself, on the machine's clock, to the last line; only the interpreter and its imports are
there already, so that starting one costs little.
"""

import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from counterfoil.settings import PREFIX

# Forked from a process that has imported everything and holds no connection.
_SERVER: Final = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["counterfoil.cli", "service.tests.webhooks.worker_process"])


def worker_process(settings: Mapping[str, str], log: Path) -> BaseProcess:
    """A worker that runs until it is killed, started.

    Args:
        settings: Settings by their lower-case name without the prefix.
        log: Where its standard error goes.
    """
    variables = {PREFIX + name.upper(): value for name, value in settings.items()}
    process = _SERVER.Process(target=_work, args=(variables, log), daemon=True)
    process.start()
    return process


def _work(variables: dict[str, str], log: Path) -> None:
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ.update(variables)
    sys.argv = ["counterfoil", "worker"]

    from counterfoil.cli import main

    main()
