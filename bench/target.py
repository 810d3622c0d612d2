"""A server under test: how it is started on a folder, and what must be there before it is filled.

For the cases of the community PocketBase imports the definitions that Holobase declares, so fields,
rules and indexes are equal; Holobase also keeps its derived fields and its log.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bench.session import SUPERUSER, Session
from holobase.community.product import DECLARATIONS
from tests.postgres import run_sql

PROGRAM = Path(sys.executable).with_name("holobase")
"""Holobase as it is installed beside this Python."""

START_SECONDS = 60.0
STOP_SECONDS = 30.0
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass
class Target:
    """One server on one folder. `command` makes its command line for an address; `settle` does what
    its database would do by itself a minute after it was filled."""

    name: str
    folder: Path
    command: Callable[[str], list[str]]
    prepare: Callable[["Target"], None]
    settle: Callable[[], None] = lambda: None
    process: subprocess.Popen[bytes] | None = field(default=None)
    url: str = ""

    def start(self) -> float:
        """Starts it; the seconds until it answered its first request."""
        address = f"127.0.0.1:{_free_port()}"
        self.url = f"http://{address}"
        with (self.folder / "server.log").open("ab") as log:
            begun = time.perf_counter()
            self.process = subprocess.Popen(self.command(address), stdout=log, stderr=log)
        while time.perf_counter() - begun < START_SECONDS and self.process.poll() is None:
            if _answers(address):
                return time.perf_counter() - begun
            time.sleep(0.002)
        self.stop()
        sys.exit(f"{self.name} did not start; see {self.folder / 'server.log'}")

    def stop(self) -> None:
        """Ends it and waits."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def memory_mib(self) -> float:
        """Memory of the process and its children; what they share is counted once."""
        assert self.process is not None
        return sum(_memory_kib(pid) for pid in _family(self.process.pid)) / 1024

    def processor_seconds(self) -> float:
        """How long the process and its children have run so far; not a database beside them."""
        assert self.process is not None
        return sum(_ticks(pid) for pid in _family(self.process.pid)) / TICKS_PER_SECOND


def holobase(
    folder: Path,
    variant: str,
    store: str | None,
    *,
    with_community: bool,
    program: Path = PROGRAM,
) -> Target:
    """A Holobase program. `variant` is `sqlite`, `postgres:2`, …, with or without `before `."""
    workers = variant.partition(":")[2] or "1"
    where = ["--data", str(folder / "data"), *(["--store", store] if store else [])]
    _run([str(program), "superuser", "upsert", *SUPERUSER, *where])
    options = [*where, "--workers", workers, "--log-level", "WARN"]
    options += [] if with_community else ["--without-community"]

    def command(address: str) -> list[str]:
        return [str(program), "serve", "--http", address, *options]

    def settle() -> None:
        if store:
            run_sql(store, "ANALYZE")

    return Target(variant, folder, command, _log_nothing, settle)


def pocketbase(folder: Path, binary: Path, *, with_community: bool) -> Target:
    """A PocketBase binary without its request log."""
    data = str(folder / "data")
    _run([str(binary), "superuser", "upsert", *SUPERUSER, "--dir", data])

    def command(address: str) -> list[str]:
        return [str(binary), "serve", "--dir", data, "--http", address]

    def prepare(target: Target) -> None:
        _log_nothing(target)
        with Session(target.url) as session:
            if with_community:
                collections = [_plain(each.collection) for each in DECLARATIONS]
                body = {"collections": collections, "deleteMissing": False}
                session.send("PUT", "/api/collections/import", body)

    return Target("PocketBase", folder, command, prepare)


def _log_nothing(target: Target) -> None:
    """Requests are logged on neither side."""
    with Session(target.url) as session:
        session.send("PATCH", "/api/settings", {"logs": {"maxDays": 0}})


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command[:3])} failed: {done.stdout}{done.stderr}")


def _plain(collection: object) -> dict[str, object]:
    """A definition as PocketBase takes it: without what only marks our own."""
    made: dict[str, object] = msgspec.to_builtins(collection)
    for name in ("auth", "created", "updated", "viewQuery"):
        made.pop(name, None)
    return made


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _answers(address: str) -> bool:
    host, _, port = address.partition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(
                f"GET /api/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode()
            )
            return b" 200 " in connection.recv(64)
    except OSError:
        return False


def _family(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _family(int(child))
    return found


def _memory_kib(pid: int) -> int:
    """Each process has its part of a page that several have (PSS)."""
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:"))


def _ticks(pid: int) -> int:
    """Of user and system time."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(after_name[11]) + int(after_name[12])
