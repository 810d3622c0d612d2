"""A rate limit is one limit, however many workers there are, and whichever of them die."""

import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.faults.group import await_true
from tests.server import Server, run, serve
from tests.wire.world import PASSWORD, ROOT

WORKERS = 4
MOST = 40
PATH = "/api/collections/tags/records"


def _limit(server: Server) -> None:
    body = {"identity": ROOT, "password": PASSWORD}
    login = "/api/collections/_superusers/auth-with-password"
    token = httpx.post(server.url + login, json=body).json()["token"]
    rule = {"label": "*:list", "audience": "", "duration": 1_000, "maxRequests": MOST}
    limits = {"rateLimits": {"enabled": True, "rules": [rule]}}
    settings = server.url + "/api/settings"
    assert httpx.patch(settings, json=limits, headers={"authorization": token}).is_success


def _counted(server: Server, metric: str) -> float:
    """What the page of metrics says."""
    [url] = [line["url.full"] for line in server.lines() if line["message"] == "metrics"]
    found = re.search(rf"^{metric} (\S+)$", httpx.get(str(url)).text, re.MULTILINE)
    assert found is not None, metric
    return float(found[1])


def _ask(server: Server, times: int) -> int:
    """How many of so many requests, each on a connection of its own, are answered with 200."""

    def ask(_: int) -> int:
        return httpx.get(server.url + PATH, timeout=20).status_code

    with ThreadPoolExecutor(16) as crowd:
        found = list(crowd.map(ask, range(times)))
    assert set(found) <= {200, 429}
    return found.count(200)


def test_four_workers_count_as_one(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run("superuser", "create", ROOT, PASSWORD, "--data", str(data)).returncode == 0
    env = {"HOLOBASE_METRICS_HTTP": "127.0.0.1:0"}
    with serve(data, "--workers", str(WORKERS), env=env, installed=True) as server:
        _limit(server)
        first = _ask(server, MOST // 2)
        workers = server.workers()
        assert (first, len(workers)) == (MOST // 2, WORKERS)
        os.kill(workers[0], signal.SIGKILL)
        await_true(lambda: len(server.workers()) == WORKERS, seconds=20)
        assert _ask(server, MOST) == MOST // 2
        assert _counted(server, "holobase_requests_limited_total") == MOST // 2
        await_true(lambda: _counted(server, "holobase_log_entries_total"))  # they come together
        # Those of the worker that was killed are lost.
        assert _counted(server, "holobase_log_entries_total") <= 2 * MOST
        assert _counted(server, "holobase_log_entries_dropped_total") == 0
