"""Pins what `pyproject.toml` asks for, with hashes, for every Python and platform we support.

`run.txt` is what the program and its installation need, `dev.txt` adds what tests and checks need.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
UNIVERSAL = ("--universal", "--python-version", "3.11", "--generate-hashes")
TIDY = ("--no-header", "--no-emit-index-url", "--no-annotate", "--quiet")


def pin(group: str, target: str, arguments: list[str], constraint: str | None = None) -> None:
    """Writes `target`; `constraint` keeps what both files name at one version."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--group", group]
    command += [*UNIVERSAL, *TIDY, *arguments, "--output-file", str(HERE / target)]
    if constraint:
        command += ["--constraint", str(HERE / constraint)]
    subprocess.run(command, cwd=HERE.parent, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    pin("build", "run.txt", sys.argv[1:])
    pin("dev", "dev.txt", sys.argv[1:], constraint="run.txt")
