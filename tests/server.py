"""A real server for a test: the program as a process of its own.

    with serve(tmp_path / "data") as server:
        httpx.get(server.url + "/api/health")

The server listens on a free port. It is ended when the block is left, whatever happened in it,
and at the latest when the test process ends. It is born in a nursery, which spares it the imports;
`installed=True` starts the installed program itself, as a person would.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

import httpx
import psutil

from holobase.runtime.settings import Settings
from tests import nursery

PROGRAM = Path(sys.executable).with_name("holobase")
FREE_SECONDS = 5.0
"""How long whoever was killed may keep its port; past it the start itself tells who has it."""

START_SECONDS = 100.0
"""How long a start may take at the worst: with demo data, on a machine that is busy."""

STOP_SECONDS = 20.0
POLL_SECONDS = 0.02
LAST_WORDS = 4_000
"""How much of a log a failure shows."""

Process: TypeAlias = subprocess.Popen[bytes] | nursery.Child

_running: set[Process] = set()


@atexit.register
def _end_all() -> None:
    for process in list(_running):
        process.kill()
        process.wait()


@dataclass
class Server:
    """A running server. `url` has no slash at its end."""

    process: Process
    log_path: Path
    data: Path
    store: str | None = None
    url: str = ""

    @property
    def pid(self) -> int:
        """The process's id."""
        return self.process.pid

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rpartition(":")[2])

    def workers(self) -> list[int]:
        """The ids of its worker processes, where it has any: those that accept on its port."""
        found = []
        for child in psutil.Process(self.pid).children():
            with suppress(psutil.NoSuchProcess):
                sockets = child.net_connections("tcp")
                if any(s.laddr.port == self.port and s.status == "LISTEN" for s in sockets):
                    found.append(child.pid)
        return found

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> int:
        """A signal to all of its processes, such as a Ctrl-C in its terminal; answers its exit
        code."""
        os.killpg(self.pid, number)
        return self._wait()

    @property
    def options(self) -> list[str]:
        """What other commands are told to find its data."""
        return ["--data", str(self.data), *(["--store", self.store] if self.store else [])]

    @property
    def settings(self) -> Settings:
        """What finds its data."""
        return Settings.of({"data": self.data, "store": self.store})

    def stop(self) -> int:
        """Asks it to finish what it accepted and to leave; answers its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """Ends it without a word, as a power cut would."""
        return self._end(signal.SIGKILL)

    def log(self) -> str:
        """Everything it has logged so far."""
        return self.log_path.read_text(errors="replace")

    def lines(self) -> list[dict[str, object]]:
        """Its log lines that are JSON, in order."""
        return [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]

    def _end(self, with_signal: signal.Signals) -> int:
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        return self._wait()

    def _wait(self) -> int:
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server did not stop in time:\n{self.log()}") from None
        finally:
            _running.discard(self.process)
        return code


def start(
    data: Path,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    http: str = "127.0.0.1:0",
    store: str | None = None,
    installed: bool = False,
) -> Server:
    """Starts a server and returns when it is ready; whoever calls this must end it."""
    _await_free(http)
    command = ["serve", "--data", str(data), "--http", http, "--log-format", "json", *arguments]
    log_file, log_name = tempfile.mkstemp(prefix="holobase-", suffix=".log")
    with os.fdopen(log_file, "wb") as log:
        own = {"HOLOBASE_WORKERS": "1", **(env or {}), "HOLOBASE_STORE": store or ""}
        process = _spawn(command, log, own) if installed else _bear(command, log, own)
        _running.add(process)
    server = Server(process, Path(log_name), data, store)
    try:
        server.url = _await_ready(server)
    except BaseException:
        process.kill()
        process.wait()
        _running.discard(process)
        raise
    return server


@contextmanager
def serve(
    data: Path,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    http: str = "127.0.0.1:0",
    store: str | None = None,
    installed: bool = False,
) -> Iterator[Server]:
    """A server for the length of a block. It may be stopped or killed inside."""
    server = start(data, *arguments, env=env, http=http, store=store, installed=installed)
    try:
        yield server
    finally:
        try:
            server.stop()
        finally:
            server.log_path.unlink(missing_ok=True)


def run(
    *arguments: str,
    stdin: str = "",
    timeout: float = 60,
    store: str | None = None,
    folder: Path | None = None,
    installed: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Runs a command of the program to its end, in the folder or where we are."""
    environment = {**os.environ, "HOLOBASE_STORE": store or ""}
    if installed:
        return subprocess.run(
            [str(PROGRAM), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            cwd=folder,
            env=environment,
        )
    with ExitStack() as opened:
        files = [opened.enter_context(tempfile.TemporaryFile("w+")) for _ in range(3)]
        files[0].write(stdin)
        files[0].seek(0)
        numbers = [file.fileno() for file in files]
        process = nursery.of_this_process().start(arguments, environment, numbers, folder)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        for file in files:
            file.seek(0)
        return subprocess.CompletedProcess(arguments, code, files[1].read(), files[2].read())


def _spawn(arguments: Sequence[str], log: IO[bytes], env: Mapping[str, str]) -> Process:
    return subprocess.Popen(
        [str(PROGRAM), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env={**os.environ, **env},
        start_new_session=True,  # a Ctrl-C for the test run is not one for the server
    )


def _bear(arguments: Sequence[str], log: IO[bytes], env: Mapping[str, str]) -> Process:
    with Path(os.devnull).open("rb") as nothing:
        files = [nothing.fileno(), log.fileno(), log.fileno()]
        return nursery.of_this_process().start(arguments, {**os.environ, **env}, files)


def _await_free(address: str) -> None:
    """Waits a moment for a port that somebody has: who was killed leaves workers behind for some
    time, and for others the system may pick it as their end of a connection."""
    host, _, port = address.rpartition(":")
    deadline = time.monotonic() + FREE_SECONDS
    while int(port) and time.monotonic() < deadline:
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, int(port)))
            probe.listen()
            return
        time.sleep(POLL_SECONDS)


def _await_ready(server: Server) -> str:
    """Waits for the ready line, then for /readyz; gives the address."""
    deadline = time.monotonic() + START_SECONDS
    url = ""
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise AssertionError(f"the server ended at its start:\n{server.log()}")
        url = url or _announced(server)
        if url and _answers(url + "/readyz"):
            return url
        time.sleep(POLL_SECONDS)
    last_words = server.log()[-LAST_WORDS:]
    raise AssertionError(f"the server was not ready in {START_SECONDS:g} s:\n{last_words}")


def _announced(server: Server) -> str:
    whole_lines = server.log().rpartition("\n")[0].splitlines()
    for line in whole_lines:
        if line.startswith("{"):
            entry = json.loads(line)
            if entry.get("message") == "ready":
                return str(entry["url.full"]).rstrip("/")
    return ""


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False
