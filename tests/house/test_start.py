"""What a start does not wait for. Libraries that few requests need are imported by the first that
does; one of them at the top of a module that `serve` imports would be paid by every start.
"""

import subprocess
import sys

import pytest

LATER = {
    "aiosmtplib": "the first mail",
    "asyncpg": "PostgreSQL",
    "httpx": "the first fetch",
    "multiprocessing.pool": "nothing",
    "obstore": "a bucket",
    "pydantic": "nothing",
    "pyvips": "pictures, in processes of their own",
    "rich": "a terminal",
    "sqlglot": "a view's query, and PostgreSQL",
    "webauthn": "the first passkey",
}
"""What must not have been imported by a server that listens, and what waits for it instead."""

LISTEN = """
import os, signal, sys
from holobase.cli import banner, main

def ready(*_):
    print("\\n".join(sys.modules))
    os.kill(os.getpid(), signal.SIGTERM)

banner.show = banner.log_ready = ready
main.main()
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    data = tmp_path_factory.mktemp("start") / "data"
    options = ("--workers", "1", "--http", "127.0.0.1:0", "--data", str(data))
    return frozenset(run(LISTEN, "serve", *options).stdout.split())


@pytest.mark.parametrize("name", sorted(LATER))
def test_a_server_listens_before_it_imports(name: str, imported: frozenset[str]) -> None:
    assert "holobase.runtime.serve" in imported
    assert name not in imported, f"it is for {LATER[name]}"


@pytest.mark.parametrize("argument", ["--help", "version"])
def test_a_command_that_only_speaks_imports_no_engine(argument: str) -> None:
    code = (
        "import atexit, sys; from holobase.cli.main import main; sys.argv[0] = 'holobase'\n"
        "atexit.register(lambda: print('\\n'.join(sys.modules), file=sys.stderr)); main()"
    )
    names = run(code, argument).stderr.split()
    assert {name.split(".")[1] for name in names if name.startswith("holobase.")} == {"cli"}
