"""Batches inside the engine: work that is counted, time that runs out, random sequences."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from holobase.domain.errors import BadRequest, Invalid
from holobase.domain.principal import Request
from holobase.engine.batch import Item
from holobase.engine.definitions import define
from holobase.runtime.settings import Settings
from tests.conftest import STORES, store_of
from tests.examples import tries
from tests.replay import assert_replays
from tests.wire.inside import ACCOUNT, Inside, inside
from tests.wire.rows import Json

Steps = Callable[[Inside], Awaitable[None]]
NEW = {"password": "password124", "passwordConfirm": "password124"}
LATER = {"password": "password125", "passwordConfirm": "password125"}


Run = Callable[[Steps], None]


@pytest.fixture(params=STORES)
def on(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Runs steps on a fresh application, on both stores; what they leave replays."""
    with store_of(request.param) as store:
        yield _runner(tmp_path, store, monkeypatch)


def _runner(folder: Path, store: str | None, monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(steps: Steps) -> None:
        async def all_of_it() -> None:
            async with inside(folder, monkeypatch, store) as made:
                await steps(made)

        asyncio.run(all_of_it())
        assert_replays(Settings.of({"data": folder, "store": store}))

    return run


def sign_up(**changes: Json) -> Item:
    return Item("create", "users", {**ACCOUNT, **changes}, Request(context="batch"))


def test_passwords_change_along_a_batch(on: Run) -> None:
    async def steps(made: Inside) -> None:
        anna = await made.create()
        mine = Request(auth=anna, context="batch")

        def change(old: str, new: dict[str, str]) -> Item:
            return Item("update", "users", {"oldPassword": old, **new}, mine, anna.id)

        wrong = [change("password123", NEW), change("password123", LATER)]
        with pytest.raises(Invalid) as caught:
            await made.application.batches.run(wrong, mine, 10)
        assert list(caught.value.errors["requests"]) == ["1"]  # type: ignore[arg-type]
        right = [change("password123", NEW), change("password124", LATER)]
        await made.application.batches.run(right, mine, 10)
        users = made.application.catalogue.get("users")
        body = {"identity": "anna", "password": "password125"}
        assert (await made.application.login.with_password(users, body, Request())).token

    on(steps)


def test_a_batch_hashes_only_what_gets_its_turn(on: Run) -> None:
    async def steps(made: Inside) -> None:
        batches, root = made.application.batches, Request(service="tests", context="batch")
        anna = await made.create()
        made.hashed.clear()
        taken = sign_up(email="other@example.com")
        with pytest.raises(Invalid):
            await batches.run([taken, taken, taken], root, 10)
        assert made.hashed == []
        # A name that only an earlier item sets free: nobody could foresee that it would be.
        renamed = Item("update", "users", {"username": "annabel"}, root, anna.id)
        await batches.run([renamed, taken], root, 10)
        assert made.hashed == [ACCOUNT["password"]]

    on(steps)


def test_rules_see_a_batch_and_the_request_inside_it(on: Run) -> None:
    async def steps(made: Inside) -> None:
        kernel, batches = made.application.kernel, made.application.batches
        rule = """
            @request.context = "batch" && @request.query.q = "z" && @request.headers.x_a = "1"
            && @request.method = "%s"
        """
        only = msgspec.structs.replace(
            made.application.catalogue.get("tags").collection,
            id="pbc_1",
            name="only_in_batches",
            indexes=(),
            create_rule=rule % "POST",
            update_rule=rule % "PATCH",
        )
        await kernel.run(kernel.service_request("test"), lambda unit: define(unit, None, only))
        right = Request(context="batch", query={"q": "z"}, headers={"x_a": "1"})
        body = {"id": "onlyinbatches00", "name": "x"}

        def write(request: Request) -> Item:
            return Item("upsert", "only_in_batches", body, request)

        other = Request(context="batch", query={"q": "y"}, headers={"x_a": "1"})
        await batches.run([write(right), write(right)], other, 10)
        for wrong in (other, right.but(context="default"), right.but(headers={})):
            with pytest.raises(Invalid):
                await batches.run([write(wrong)], right, 10)

    on(steps)


def test_a_batch_that_takes_too_long_writes_nothing(
    on: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(made: Inside) -> None:
        batches, store = made.application.batches, made.application.kernel.store
        before = await store.log.position()
        root = Request(service="tests")
        tags = [Item("create", "tags", {"name": name}, root) for name in ("slow", "slower")]
        # What each look at the clock tells: at the start, before preparing, before each item.
        for told in ([0, 20], [0, 0, 20], [0, 0, 0, 20]):
            with monkeypatch.context() as patched:
                patched.setattr("holobase.engine.batch.time", Clock(told))
                with pytest.raises(BadRequest) as caught:
                    await batches.run(tags, root, 10)
            assert (caught.value.reason, caught.value.errors) == ("batch_failed", {})
        assert await store.log.position() == before
        await batches.run(tags, root, 10)
        assert await store.log.position() > before

    on(steps)


class Clock:
    """Tells these moments, one after the other, and then stands still."""

    def __init__(self, moments: list[int]) -> None:
        self._moments = moments

    def monotonic(self) -> int:
        """The next one."""
        return self._moments.pop(0) if len(self._moments) > 1 else self._moments[0]


NAMES = ("aa", "bb", "cc")
IDS = tuple(f"{name}{'0' * 13}" for name in NAMES)
BODIES = st.fixed_dictionaries(
    {}, optional={"name": st.sampled_from((*NAMES, "")), "color": st.sampled_from(("#112233", "x"))}
)
WRITES: st.SearchStrategy[Any] = st.one_of(
    st.tuples(st.just("create"), st.sampled_from(IDS), BODIES),
    st.tuples(st.just("upsert"), st.sampled_from(IDS), BODIES),
    st.tuples(st.just("update"), st.sampled_from(IDS), BODIES),
    st.tuples(st.just("delete"), st.sampled_from(IDS), st.just({})),
)


def test_a_batch_equals_its_requests_one_after_another_or_changes_nothing(on: Run) -> None:
    async def steps(made: Inside) -> None:
        loop = asyncio.get_running_loop()

        @tries(30, suppress_health_check=list(HealthCheck), database=None)
        @given(first=st.lists(WRITES, max_size=3), writes=st.lists(WRITES, min_size=1, max_size=5))
        def compare(first: list[Any], writes: list[Any]) -> None:
            asyncio.run_coroutine_threadsafe(_compare(made, first, writes), loop).result()

        await asyncio.to_thread(compare)

    on(steps)


async def _compare(made: Inside, first: list[Any], writes: list[Any]) -> None:
    await _begin_with(made, first)
    before = await _tags(made)
    failed, answers = await _one_by_one(made, writes)
    after = await _tags(made)
    await _begin_with(made, first)
    assert await _tags(made) == before
    try:
        written = await made.application.batches.run(_items(writes), ROOT, 10)
    except Invalid as refused:
        assert failed is not None
        assert list(refused.errors["requests"]) == [str(failed)]  # type: ignore[arg-type]
        assert await _tags(made) == before
    else:
        assert failed is None
        assert [_values(w.record) for w in written] == answers
        assert await _tags(made) == after


ROOT = Request(service="tests", context="batch", now=1_700_000_000_000)


def _items(writes: list[Any]) -> list[Item]:
    found = []
    for verb, record_id, body in writes:
        has_id = verb in ("create", "upsert")
        sent = {**body, "id": record_id} if has_id else body
        found.append(Item(verb, "tags", sent, ROOT, "" if has_id else record_id))
    return found


async def _one_by_one(made: Inside, writes: list[Any]) -> tuple[int | None, list[Any]]:
    """The index of the first write that is refused, and what came of those before it."""
    answers: list[Any] = []
    for index, each in enumerate(_items(writes)):
        try:
            (written,) = await made.application.batches.run([each], ROOT, 10)
        except Invalid:
            return index, answers
        answers.append(_values(written.record))
    return None, answers


async def _begin_with(made: Inside, writes: list[Any]) -> None:
    """Deletes all tags, then makes those that can be made."""
    tags = made.application.catalogue.get("tags")
    for record_id in IDS:
        if await made.application.principals.load(tags, record_id) is not None:
            await made.application.writing.delete(tags, record_id, ROOT)
    for each in _items(writes):
        try:
            await made.application.batches.run([each], ROOT, 10)
        except Invalid:
            continue


async def _tags(made: Inside) -> list[Any]:
    tags = made.application.catalogue.get("tags")
    found = [await made.application.principals.load(tags, record_id) for record_id in IDS]
    return [(record.id, _values(record)) for record in found if record]


def _values(record: Any) -> Any:
    return dict(record.values) if record is not None else None
