"""Fixtures that every test may ask for: a live server, PostgreSQL, and Node with the SDK."""

import asyncio
import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import httpx
import pytest
from httpx._transports import default as transport

from tests import machine, postgres, sdk
from tests.replay import assert_replays
from tests.s3 import S3Server, s3_server
from tests.server import Server, serve
from tests.stub_provider import HOST

STORES = ("sqlite", "postgres")

# Each client of httpx would read all certificates of the machine again: 45 ms of a core, and tests
# make thousands of clients.
vars(transport)["create_ssl_context"] = cache(vars(transport)["create_ssl_context"])


def pytest_addoption(parser: pytest.Parser) -> None:
    """How hard to try where more is better, and a few are enough every day."""
    parser.addoption(
        "--kills", type=int, default=3, metavar="N", help="kill -9 of imports and moves, each store"
    )
    parser.addoption(
        "--requests", type=int, default=1, metavar="N", help="random ones for each operation"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs a test that is a coroutine on an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(scope="session", params=STORES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server of each kind of store for all tests of a run; each test makes the records it
    looks at itself."""
    data = tmp_path_factory.mktemp("server") / "data"
    with (
        store_of(request.param) as store,
        serve(data, store=store, env={"HOLOBASE_FETCH_ALLOW": HOST}) as running,
    ):
        yield running
        assert_replays(running.settings)


@contextmanager
def store_of(kind: str) -> Iterator[str | None]:
    """The address of an empty store of one of the `STORES`, None for a file in the folder."""
    if kind == "sqlite":
        yield None
        return
    with _or_skip(), postgres.fresh_url() as url:
        yield url


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[httpx.Client]:
    """An HTTP client that talks to `server`."""
    with httpx.Client(base_url=server.url, timeout=20) as made:
        yield made


@pytest.fixture(scope="session")
def node() -> sdk.Node:
    """Node with the pinned `pocketbase` package, installed once for every run and worker."""
    return sdk.install(Path(__file__).parent.parent / "build" / "sdk")


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """A real S3 server for all tests of a run, each of which takes a bucket of its own."""
    with s3_server() as running:
        yield running


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The address of a schema of this test's own in a real PostgreSQL, dropped afterwards."""
    with _or_skip(), postgres.fresh_url() as url:
        yield url


@pytest.fixture
def private_postgres() -> Iterator[postgres.PostgresServer]:
    """A PostgreSQL of this test's own, which it may kill, stop and start."""
    with _or_skip(), postgres.private_server() as server:
        yield server


@contextmanager
def _or_skip() -> Iterator[None]:
    """Skips the test where there is no PostgreSQL; under CI it fails."""
    try:
        yield
    except postgres.NoPostgres as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names, at the end of the run, every test that was skipped for want of something."""
    _name_skipped(terminalreporter, postgres.NOT_FOUND, "no PostgreSQL")
    _name_skipped(terminalreporter, machine.MISSING, "programs are missing")


def _name_skipped(reporter: pytest.TerminalReporter, text: str, why: str) -> None:
    skipped = [
        report for report in reporter.stats.get("skipped", []) if text in str(report.longrepr)
    ]
    if not skipped:
        return
    reporter.section(f"NOT RUN, {why}: {len(skipped)}", red=True)
    for report in skipped:
        reporter.line(report.nodeid, red=True)
    for sentence in sorted({report.longrepr[2].removeprefix("Skipped: ") for report in skipped}):
        reporter.line(sentence)
