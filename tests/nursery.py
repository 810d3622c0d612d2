"""Processes of the program that start at once: forks of one that has imported all of it.

    process = start(["serve", "--data", str(data)], environment, (stdin, stdout, stderr))

Each is a real process with a session, an environment and a folder of its own; only its imports
were done before. One nursery belongs to each process of tests, and ends with it, and so do its
children.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

import typer
from prometheus_client import values

ORDER_BYTES_MAX = 1 << 17
NUMBER = struct.Struct("i")
LATE_MODULES = ("sqlglot.dialects.postgres", "uvicorn.lifespan.off")
"""What libraries import only when they are used; a fifth of a second of each start."""

WITH_THE_NURSERY = -signal.SIGKILL
"""How a child ends whose nursery ends before it."""


class Child:
    """A process whose parent is the nursery, with the face of `subprocess.Popen`."""

    def __init__(self, pid: int, ended: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = ended

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended. Raises subprocess.TimeoutExpired."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        """Sends a signal, if it still runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it without a word."""
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._ended], [], [], timeout)[0]:
            told = os.read(self._ended, NUMBER.size)
            os.close(self._ended)
            (self.returncode,) = NUMBER.unpack(told) if told else (WITH_THE_NURSERY,)
        return self.returncode


class Late:
    """A value that a metric holds, made when it is first used.

    A group says how its processes count before it imports what counts; here that is imported first.
    What was never counted does not show: tests that read the numbers start the installed program.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._make = partial(_value, *arguments, **named)

    def __getattr__(self, name: str) -> Any:
        self.__dict__["_value"] = self.__dict__.get("_value") or self._make()
        return getattr(self.__dict__["_value"], name)


def _value(*arguments: Any, **named: Any) -> Any:
    return values.ValueClass(*arguments, **named)


class Nursery:
    """The process that forks; there is one for this process, `of_this_process()`."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._desk, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # a Ctrl-C for the test run is not one for the servers
            )

    def start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        files: Sequence[int],
        folder: Path | None = None,
    ) -> Child:
        """The program with these arguments, in the folder or where we are; `files` are its standard
        input, output and error."""
        order = json.dumps([arguments, dict(environment), str(folder or Path.cwd())]).encode()
        ended, end = os.pipe()
        try:
            with self._turn:
                socket.send_fds(self._desk, [order], [*files, end])
                born = self._desk.recv(NUMBER.size)
        finally:
            os.close(end)
        assert born, "the nursery has ended"
        (pid,) = NUMBER.unpack(born)
        return Child(pid, ended)

    def end(self) -> None:
        """Ends it, and with it whoever was born in it."""
        self._desk.close()
        self._process.wait()


@cache
def of_this_process() -> Nursery:
    """The nursery of this process, which ends with it."""
    made = Nursery()
    atexit.register(made.end)
    return made


def main(desk: socket.socket) -> None:
    """In the nursery: imports everything, then takes orders; in a child: runs the program."""
    import holobase

    chosen, values.ValueClass = values.ValueClass, Late
    for module in pkgutil.walk_packages(holobase.__path__, "holobase."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    values.ValueClass = chosen
    for late in LATE_MODULES:
        importlib.import_module(late)
    from holobase.cli import main as cli

    cli.app = typer.main.get_command(cli.app)  # type: ignore[assignment] # is called alike
    sys.argv = ["holobase", "version"]
    with suppress(SystemExit):
        cli.main()  # what the first command of a process imports late, it imports here
    gc.collect()
    gc.freeze()  # what is there now is shared with the children as long as nobody touches it
    if _take_orders(desk):
        _run(cli.main)


def _run(program: Callable[[], None]) -> None:
    """Runs the program and ends as it does, but leaves what it has in memory to the system: to
    take a thousand modules apart costs as much as a start."""
    code = 0
    try:
        program()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if not stream.closed:
            stream.flush()
    os._exit(code)


def _take_orders(desk: socket.socket) -> bool:
    """Forks at every order and returns in each child; in the nursery, when no more can come."""
    running: dict[int, tuple[int, int]] = {}
    while True:
        for ready in select.select([desk.fileno(), *running], [], [])[0]:
            if ready != desk.fileno():
                _tell_end(ready, *running.pop(ready))
                continue
            order, files, _, _ = socket.recv_fds(desk, ORDER_BYTES_MAX, 4)
            if not order:
                for pid, _ in running.values():
                    with suppress(ProcessLookupError):
                        os.killpg(pid, signal.SIGKILL)
                return False
            if (pid := os.fork()) == 0:
                desk.close()
                for handle, (_, end) in running.items():
                    os.close(handle)
                    os.close(end)
                _become(order, files)
                return True
            for file in files[:3]:
                os.close(file)
            running[os.pidfd_open(pid)] = (pid, files[3])
            desk.send(NUMBER.pack(pid))


def _tell_end(handle: int, pid: int, end: int) -> None:
    os.close(handle)
    _, status = os.waitpid(pid, 0)
    with suppress(BrokenPipeError):  # nobody waits for it any more
        os.write(end, NUMBER.pack(os.waitstatus_to_exitcode(status)))
    os.close(end)


def _become(order: bytes, files: Sequence[int]) -> None:
    """Makes this process one that seems to have been started as the order says."""
    arguments, environment, folder = json.loads(order)
    os.setsid()
    for standard, file in enumerate(files[:3]):
        os.dup2(file, standard)
    for file in files:
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    sys.argv = ["holobase", *arguments]


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
