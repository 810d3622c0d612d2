"""Several workers are one server: they agree, and no death among them is seen from outside."""

import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.faults.group import (
    POSTS,
    answered,
    await_true,
    one_client_each,
    writers,
)
from tests.faults.test_kill import ids_of_posts, sign_up
from tests.keeper import runs
from tests.replay import assert_replays
from tests.server import Server, run, serve, start

STORES = ["sqlite", "postgres"]
PASSWORD = "12345678"
PEOPLE = "/api/collections/users"
WRITERS = 6

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str | None:
    """The URL of the store; None for the file in the data folder."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def group(tmp_path: Path, store: str | None) -> Iterator[Server]:
    """A server with three workers, whose log must replay to its tables afterwards."""
    with serve(tmp_path / "data", "--workers", "3", store=store) as running:
        yield running
    assert_replays(running.settings)


def test_what_one_worker_has_written_all_of_them_show(group: Server) -> None:
    token, author = sign_up(group.url)
    headers = {"Authorization": token}
    with one_client_each(group) as clients:
        each = list(clients.values())
        for turn in range(15):
            post = {"author": author, "caption": f"turn {turn}"}
            made = each[turn % 3].post(POSTS, json=post, headers=headers)
            assert made.status_code == 200, made.text
            path = f"{POSTS}/{made.json()['id']}"
            for client in each:
                assert client.get(path).json() == made.json()
                assert total(client, f"caption = 'turn {turn}'") == 1
                assert total(client, "caption ~ 'turn'") == turn + 1
                assert total(client, "") == turn + 1
            changed = each[(turn + 1) % 3].patch(path, json={"caption": "turned"}, headers=headers)
            assert changed.status_code == 200, changed.text
            for client in each:
                assert client.get(path).json()["caption"] == "turned"
            each[(turn + 2) % 3].patch(path, json=post, headers=headers)
        defined(group, each)


def defined(group: Server, each: list[httpx.Client]) -> None:
    """That a view over the fifteen posts is in every worker what one has made and changed it to."""
    who = ("root@example.com", PASSWORD)
    assert run("superuser", "create", *who, *group.options).returncode == 0
    login = {"identity": who[0], "password": who[1]}
    entered = each[0].post("/api/collections/_superusers/auth-with-password", json=login)
    headers = {"Authorization": entered.json()["token"]}
    body = {"name": "some", "type": "view", "viewQuery": "SELECT id FROM community_posts"}
    made = each[1].post("/api/collections", json=body, headers=headers)
    assert made.status_code == 200, made.text
    for turn in range(4):
        query = f"SELECT id, {turn} AS turn FROM community_posts WHERE caption <> 'turn {turn}'"
        path = "/api/collections/some"
        changed = each[turn % 3].patch(path, json={"viewQuery": query}, headers=headers)
        assert changed.status_code == 200, changed.text
        for client in each:
            page = client.get(f"{path}/records", headers=headers).json()
            assert page["totalItems"] == len(page["items"]) == 14
            assert {item["turn"] for item in page["items"]} == {turn}


def total(client: httpx.Client, condition: str) -> int:
    found = client.get(POSTS, params={"filter": condition, "perPage": 1})
    assert found.status_code == 200, found.text
    return int(found.json()["totalItems"])


def test_an_ended_token_is_refused_by_every_worker_at_once(group: Server) -> None:
    token, user = sign_up(group.url)
    old = PASSWORD
    with one_client_each(group) as clients:
        each = list(clients.values())
        for turn in range(4):
            for client in each:
                assert refresh(client, token) == 200
            new = f"password {turn}"
            body = {"oldPassword": old, "password": new, "passwordConfirm": new}
            path = f"{PEOPLE}/records/{user}"
            changed = each[turn % 3].patch(path, json=body, headers={"Authorization": token})
            assert changed.status_code == 200, changed.text
            assert [refresh(client, token) for client in each] == [401, 401, 401]
            login = {"identity": "killed", "password": new}
            entered = each[(turn + 1) % 3].post(f"{PEOPLE}/auth-with-password", json=login)
            token, old = entered.json()["token"], new


def refresh(client: httpx.Client, token: str) -> int:
    answer = client.post(f"{PEOPLE}/auth-refresh", headers={"Authorization": token})
    return answer.status_code


def test_a_killed_worker_is_replaced_and_the_others_never_notice(group: Server) -> None:
    token, author = sign_up(group.url)
    before = set(group.workers())
    with writers(group, token, author, WRITERS) as writing:
        killed = writing[0].worker
        os.kill(killed, signal.SIGKILL)
        await_true(lambda: len(set(group.workers()) - {killed}) == 3)
        written = sum(len(each.answered) for each in writing)
        await_true(lambda: sum(len(each.answered) for each in writing) > written + 50)
        await_true(lambda: all(each.lost for each in writing if each.worker == killed))
    assert {each.worker for each in writing} == before
    for each in writing:
        assert (each.lost is None) == (each.worker != killed)
    kept = answered(writing)
    found = found_with(group, token)
    in_flight = sum(1 for each in writing if each.worker == killed)
    assert kept <= found
    assert len(found - kept) <= in_flight  # committed, but nobody was left to answer
    with one_client_each(group) as clients:
        assert killed not in clients
        assert all(client.get(POSTS).status_code == 200 for client in clients.values())


def test_a_killed_hub_is_replaced_and_nobody_notices(group: Server) -> None:
    token, author = sign_up(group.url)
    (killed,) = hub_of(group)
    with writers(group, token, author, WRITERS) as writing:
        os.kill(killed, signal.SIGKILL)
        await_true(lambda: hub_of(group) - {killed})
        with one_client_each(group) as clients:
            for client in clients.values():
                post = {"author": author, "caption": "without a hub"}
                made = client.post(POSTS, json=post, headers={"Authorization": token}).json()
                found = [other.get(f"{POSTS}/{made['id']}") for other in clients.values()]
                assert [each.status_code for each in found] == [200, 200, 200]
    assert not [each.lost for each in writing if each.lost]
    assert answered(writing)


def hub_of(server: Server) -> set[int]:
    """The process of the group that is no worker, while it runs."""
    children = [child for child in psutil.Process(server.pid).children() if runs(child)]
    return {child.pid for child in children} - set(server.workers())


def test_workers_end_with_their_supervisor_and_leave_the_port(
    tmp_path: Path, store: str | None
) -> None:
    first = start(tmp_path / "data", "--workers", "2", store=store)
    family = [psutil.Process(first.pid), *psutil.Process(first.pid).children()]
    token, author = sign_up(first.url)
    with writers(first, token, author, WRITERS) as writing:
        first.kill()
        await_true(lambda: not any(map(runs, family)))
    first.log_path.unlink()
    address = first.url.removeprefix("http://")
    with serve(tmp_path / "data", "--workers", "2", http=address, store=store) as second:
        assert answered(writing) <= found_with(second, token)
    assert_replays(second.settings)


TO_EVERY_PROCESS = {"Ctrl-C": signal.SIGINT, "SIGTERM to every process": signal.SIGTERM}
WAYS = [(how, "sqlite") for how in ("SIGTERM", *TO_EVERY_PROCESS)]


@pytest.mark.parametrize(("how", "store"), [*WAYS, ("SIGTERM", "postgres")], indirect=["store"])
def test_everything_accepted_is_answered_before_the_end(
    how: str, tmp_path: Path, store: str | None
) -> None:
    data = tmp_path / "data"
    with serve(data, "--workers", "2", store=store) as running:
        token, author = sign_up(running.url)
        with writers(running, token, author, WRITERS) as writing:
            every = TO_EVERY_PROCESS.get(how)
            code = running.interrupt(every) if every else running.stop()
            assert '"ERROR"' not in running.log()
        log = running.log()
    assert code == 0, log
    assert "Traceback" not in log
    assert all(each.lost for each in writing)
    with serve(data, store=store) as again:
        assert found_with(again, token) == answered(writing)
    assert_replays(again.settings)


def found_with(server: Server, token: str) -> set[str]:
    """Ids of all posts there are."""
    with httpx.Client(base_url=server.url, headers={"Authorization": token}) as client:
        return ids_of_posts(client)


def test_a_second_signal_does_not_wait_for_anybody(tmp_path: Path) -> None:
    env = {"HOLOBASE_SHUTDOWN_SECONDS": "600"}
    with serve(tmp_path / "data", "--workers", "2", env=env) as running:
        slow = socket.create_connection(("127.0.0.1", running.port))
        with slow:
            head = f"POST {PEOPLE}/auth-with-password HTTP/1.1\r\nhost: x\r\n"
            slow.sendall(f"{head}content-length: 9\r\n\r\n{{".encode())  # and no more
            httpx.get(f"{running.url}/livez")
            running.process.send_signal(signal.SIGTERM)
            await_true(lambda: not running.workers())  # nobody accepts any more
            assert running.process.poll() is None
            assert running.stop() == 0


def test_a_group_that_cannot_start_says_why_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    put_foreign_file(data)
    done = run("serve", "--workers", "3", "--data", str(data), "--http", "127.0.0.1:0")
    assert done.returncode == 1
    assert done.stderr.count("belongs to another program") == 1
    assert "Traceback" not in done.stderr


def put_foreign_file(data: Path) -> None:
    """Puts another program's database in the place of ours."""
    data.mkdir(exist_ok=True)
    other = data / "other"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    other.replace(data / "holobase.db")
    for name in ("holobase.db-wal", "holobase.db-shm"):
        (data / name).unlink(missing_ok=True)
    if not (data / "instance.key").exists():
        (data / "instance.key").write_text("0" * 64)


def test_a_group_that_cannot_go_on_gives_up(tmp_path: Path) -> None:
    running = start(tmp_path / "data", "--workers", "2")
    try:
        put_foreign_file(tmp_path / "data")
        for pid in running.workers():
            os.kill(pid, signal.SIGKILL)
        assert running.process.wait(60) == 1
        assert "no worker can be started" in running.log()
    finally:
        running.kill()
        running.log_path.unlink()


def test_metrics_are_sums_over_the_group_and_survive_a_worker(
    tmp_path: Path, store: str | None
) -> None:
    options = ["--workers", "2"]
    env = {"HOLOBASE_METRICS_HTTP": "127.0.0.1:0"}
    with serve(tmp_path / "data", *options, env=env, store=store, installed=True) as running:
        (address,) = {line["url.full"] for line in running.lines() if line["message"] == "metrics"}
        url = str(address)
        with one_client_each(running) as clients:
            before = metric(url, 'holobase_requests_total{status="2xx"}')
            for client in clients.values():
                for _ in range(10):
                    client.get("/api/health")
            assert metric(url, 'holobase_requests_total{status="2xx"}') == before + 20
            os.kill(next(iter(clients)), signal.SIGKILL)
        await_true(lambda: metric(url, "holobase_workers_replaced_total") == 1)
        assert metric(url, 'holobase_requests_total{status="2xx"}') == before + 20
        assert metric(url, "holobase_commit_seconds_count") > 0
        assert httpx.get(url.replace("/metrics", "/api/health")).status_code == 404
        assert httpx.get(f"{running.url}/metrics").status_code == 404


def metric(url: str, name: str) -> float:
    """The value of one sample."""
    for line in httpx.get(url).text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.rpartition(" ")[2])
    raise AssertionError(f"there is no {name}")


def test_connections_are_spread_evenly(group: Server) -> None:
    clients = [httpx.Client(base_url=group.url) for _ in range(30)]
    for client in clients:
        client.get("/api/health")
    counts = [established(pid, group.port) for pid in group.workers()]
    for client in clients:
        client.close()
    assert sum(counts) >= 30
    assert max(counts) - min(counts) <= 6, counts


def established(pid: int, port: int) -> int:
    """Connections that a process has accepted on a port."""
    found = psutil.Process(pid).net_connections("tcp")
    return sum(1 for each in found if each.laddr.port == port and each.raddr)
