"""Views whose query takes too long: who asks is told so, and nobody else waits for it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeAlias

import httpx
import pytest

from holobase.api.app import App
from holobase.api.surroundings import Surroundings
from holobase.runtime import superusers
from tests.conftest import STORES, store_of
from tests.wire.inside import Inside, inside
from tests.wire.world import PASSWORD, RECORDS, ROOT

COLLECTIONS = "/api/collections"
NUMBERS = 30
SECONDS, READ_SECONDS = 0.3, 1.0
"""The time limits of rules and of reads in these tests; what is asked for takes years."""

HEAVY = (
    "SELECT max(a.id) AS id, count(*) AS total FROM numbers a"
    + "".join(f" JOIN numbers {name} ON {name}.n <= a.n" for name in "bcdefghi")
    + " GROUP BY a.n"
)


Run: TypeAlias = Callable[[Callable[["Asked"], Coroutine[Any, Any, None]]], None]


class Asked:
    """The application behind the wire, asked by a superuser and by guests."""

    def __init__(self, made: Inside) -> None:
        self.made = made
        self.logged: list[str] = []
        surroundings = Surroundings(
            body_bytes_max=10_000,
            is_ready=lambda: True,
            log_error=lambda _, error, __: self.logged.append(str(error)),
            start_job=lambda _: None,
        )
        transport = httpx.ASGITransport(App(made.application, surroundings))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://test")

    async def __call__(
        self, method: str, path: str, body: Any = None, query: Any = None
    ) -> httpx.Response:
        return await self.client.request(method, path, json=body, params=query)

    async def set_up(self) -> None:
        """Defines a heavy view while it is light, and what its rules are about."""
        await superusers.create(self.made.application, ROOT, PASSWORD)
        login = {"identity": ROOT, "password": PASSWORD}
        answer = await self("POST", f"{COLLECTIONS}/_superusers/auth-with-password", login)
        token = {"authorization": answer.json()["token"]}
        rule = "@collection.heavy.total > 0"
        light = {"listRule": "", "viewRule": "", "createRule": "", "updateRule": ""}
        fields = [{"name": "n", "type": "number"}]
        for body in (
            {"name": "numbers", "fields": fields, **light},
            {"name": "heavy", "type": "view", "viewQuery": HEAVY, "listRule": ""},
            {"name": "gated", "fields": fields, **light, "createRule": rule, "deleteRule": rule},
        ):
            made = await self.client.post(COLLECTIONS, json=body, headers=token)
            assert made.status_code == 200, made.text
        for n in range(NUMBERS):
            made = await self("POST", RECORDS.format("numbers"), {"n": n})
            assert made.status_code == 200, made.text
        gated = await self.client.post(RECORDS.format("gated"), json={"n": 1}, headers=token)
        self.gated = gated.json()["id"]


@pytest.fixture(scope="module", params=STORES)
def asked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    """Runs steps on one application with short time limits."""
    kind = request.param
    limits = {
        f"{kind}.reader.SCAN_SECONDS_MAX": READ_SECONDS,
        {"sqlite": "sqlite.unit", "postgres": "postgres.facts"}[kind]
        + ".SELECT_SECONDS_MAX": SECONDS,
    }
    with (
        store_of(kind) as store,
        pytest.MonkeyPatch.context() as patch,
        asyncio.Runner() as runner,
    ):
        for name, seconds in limits.items():
            patch.setattr(f"holobase.adapters.{name}", seconds)
        opened = inside(tmp_path_factory.mktemp("slow"), patch, store)
        made = Asked(runner.run(opened.__aenter__()))
        runner.run(made.set_up())
        yield lambda steps: runner.run(steps(made))
        runner.run(made.client.aclose())
        runner.run(opened.__aexit__(None, None, None))


def test_a_slow_view_is_broken_off_and_others_go_on(asked: Run) -> None:
    async def steps(asked: Asked) -> None:
        slow = asyncio.create_task(asked("GET", RECORDS.format("heavy")))
        await asyncio.sleep(0)
        for n in range(2):
            listed = await asked("GET", RECORDS.format("numbers"), query={"perPage": 1})
            assert listed.status_code == 200
            made = await asked("POST", RECORDS.format("numbers"), {"n": NUMBERS + n})
            assert made.status_code == 200
            assert not slow.done()
        answer = await slow
        assert (answer.status_code, answer.json()["data"]) == (400, {}), answer.text
        assert "too long" in answer.json()["message"]
        assert asked.logged == ["the query took too long"]

    asked(steps)


def test_a_rule_over_a_slow_view_refuses_the_write_and_lets_others_through(asked: Run) -> None:
    async def steps(asked: Asked) -> None:
        path = RECORDS.format("gated")
        create = asked("POST", path, {"n": 1})
        delete = asked("DELETE", f"{path}/{asked.gated}")
        others = [asked("POST", RECORDS.format("numbers"), {"n": 1}) for _ in range(5)]
        refused, kept, *made = await asyncio.gather(create, delete, *others)
        for answer in (refused, kept):
            assert (answer.status_code, answer.json()["data"]) == (400, {}), answer.text
            assert "rule" in answer.json()["message"]
        assert [answer.status_code for answer in made] == [200] * len(made)
        assert (await asked("GET", path)).json()["totalItems"] == 1

    asked(steps)


def test_a_rule_that_was_too_slow_is_not_waited_for_again(asked: Run) -> None:
    async def steps(asked: Asked) -> None:
        path = RECORDS.format("gated")
        assert (await asked("POST", path, {"n": 1})).status_code == 400
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for _ in range(20):
            assert (await asked("POST", path, {"n": 1})).status_code == 400
        assert loop.time() - begun < 20 * SECONDS

    asked(steps)
