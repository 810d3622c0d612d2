"""The PostgreSQL of the tests itself: schemas of one's own, kills, restarts, and no leftovers."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import psutil
import pytest

from tests import keeper, postgres

ROOT = Path(__file__).parent.parent.parent
GONE_SECONDS = 20.0


def ask(url: str, question: str) -> object:
    async def asked() -> object:
        connection = await asyncpg.connect(url.partition("&schema=")[0])
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(asked())


def schemas(url: str) -> object:
    return ask(url, "SELECT array_agg(nspname) FROM pg_namespace")


def another_run(**changes: str) -> dict[str, str]:
    """The environment of a test run that is not this one, on a machine like a developer's."""
    ours = ("XDIST", "PYTEST", postgres.VARIABLE)
    kept = {key: value for key, value in os.environ.items() if not any(o in key for o in ours)}
    kept.pop("CI", None)
    return {**kept, **changes}


def run_without_postgres(**environment: str) -> subprocess.CompletedProcess[str]:
    program = (
        "import pytest; from tests import postgres;"
        "postgres._complaint = lambda place: 'hidden';"
        f"raise SystemExit(pytest.main([{__file__!r}, '-k', 'a_schema_is_new']))"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=another_run(**environment),
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_postgresql_a_run_ends_with_the_names_of_what_it_skipped() -> None:
    ended = run_without_postgres()
    assert ended.returncode == 0, ended.stdout
    summary = ended.stdout.partition("NOT RUN, no PostgreSQL: 1")[2]
    assert "test_postgres_tooling.py::test_a_schema_is_new" in summary, ended.stdout
    assert "or name a server with HOLOBASE_TEST_POSTGRES=" in summary


def test_without_postgresql_a_run_under_ci_fails() -> None:
    ended = run_without_postgres(CI="true")
    assert ended.returncode == 1
    assert "NoPostgres" in ended.stdout


def test_a_schema_is_new_each_time_and_dropped_afterwards(postgres_url: str) -> None:
    with postgres.fresh_url() as other:
        assert other != postgres_url
        address, _, name = other.partition("&schema=")
        assert name not in str(schemas(other))
        postgres.run_sql(address, f"CREATE SCHEMA {name}", f"CREATE TABLE {name}.t (id int)")
        assert name in str(schemas(other))
    assert name not in str(schemas(postgres_url))


def test_nobody_but_the_owner_of_the_machine_rules_the_server(postgres_url: str) -> None:
    assert ask(postgres_url, "SHOW is_superuser") == "off"


def test_what_was_committed_survives_a_kill_and_a_restart(
    private_postgres: postgres.PostgresServer,
) -> None:
    server, url = private_postgres, private_postgres.url
    assert ask(url, "SHOW fsync") == "on"
    postgres.run_sql(url, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    for end in (server.kill, server.stop):
        end()
        with pytest.raises(OSError):
            ask(url, "SELECT 1")
        server.start()
        assert server.url == url
        assert ask(url, "SELECT id FROM t") == 1


def test_killing_leaves_no_process_behind(private_postgres: postgres.PostgresServer) -> None:
    assert private_postgres.process
    family = psutil.Process(private_postgres.process.pid).children(recursive=True)
    assert family
    private_postgres.kill()
    assert not any(keeper.runs(process) for process in family)


def test_the_server_of_a_killed_run_ends_and_is_removed(
    private_postgres: postgres.PostgresServer,
) -> None:
    program = (
        "from tests import postgres; import time; print(postgres.database_url(), flush=True);"
        "time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=another_run(), stdout=subprocess.PIPE
    ) as run:
        assert run.stdout
        url = run.stdout.readline().decode().strip()
        folder = Path(url.partition("host=")[2])
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        postmaster = psutil.Process(pid)
        run.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + GONE_SECONDS
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()
    assert not keeper.runs(postmaster)


def test_a_process_that_took_over_the_number_of_a_server_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "folder" / "data").mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        (tmp_path / "folder" / "data" / "postmaster.pid").write_text(f"{bystander.pid}\n")
        keeper.end(tmp_path / "folder")
        assert not (tmp_path / "folder").exists()
        assert bystander.poll() is None
        assert bystander.stdin
        bystander.stdin.write(b"\n")
