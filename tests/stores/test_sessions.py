"""What a store keeps of sessions beside the log: whose tokens are whose, and who was seen when."""

import asyncio
from functools import partial

import pytest
import sqlalchemy as sa

from holobase.ports.command import Command, ForgetTokens, NoteSeen, link_token
from holobase.ports.store import Store
from tests.stores.conftest import OpenStore
from tests.stores.notes import create, with_notes

SEEN = sa.table("hb_session_seen", sa.column("session", sa.Text), sa.column("seen", sa.Integer))


def note(*moments: tuple[str, int]) -> Command[None]:
    yield NoteSeen(moments)


def forget(expired: int) -> Command[None]:
    yield ForgetTokens(expired)


async def seen(store: Store) -> list[tuple[str, int]]:
    statement = store.statement(sa.select(SEEN.c.session, SEEN.c.seen).order_by(SEEN.c.session))
    return [(session, seen) for session, seen in await store.fetch(statement, statement.bind())]


async def test_a_token_stays_with_the_session_it_was_said_of_first(open_store: OpenStore) -> None:
    async with open_store() as store:
        assert await store.submit(lambda: link_token("t", "one", 100)) == "one"
        assert await store.submit(lambda: link_token("t", "two", 100)) == "one"
    async with open_store() as again:
        assert await again.submit(lambda: link_token("t", "two", 100)) == "one"


async def test_of_many_who_say_so_at_once_all_hear_of_the_same_session(
    open_store: OpenStore,
) -> None:
    async with open_store() as one, open_store() as other:
        stores = (one, other)
        found = await asyncio.gather(
            *(
                store.submit(partial(link_token, f"t{n}", f"{i}", 100))
                for n in range(20)
                for i, store in enumerate(stores * 2)
            )
        )
        for n in range(20):
            assert len(set(found[4 * n : 4 * n + 4])) == 1


async def test_a_command_that_fails_has_said_nothing(open_store: OpenStore) -> None:
    def failing() -> Command[None]:
        yield from link_token("t", "one", 100)
        yield from create("a")
        raise LookupError

    async with open_store() as store:
        await with_notes(store)
        with pytest.raises(LookupError):
            await store.submit(failing)
        assert await store.submit(lambda: link_token("t", "two", 100)) == "two"


async def test_the_last_moment_of_a_session_counts(open_store: OpenStore) -> None:
    async with open_store() as store:
        await store.submit(lambda: note(("one", 5), ("two", 7)))
        await store.submit(lambda: note(("one", 3), ("two", 9)))
        assert await seen(store) == [("one", 5), ("two", 9)]


async def test_what_has_expired_is_forgotten_with_its_session(open_store: OpenStore) -> None:
    async with open_store() as store:
        for token, session, expires in (("a", "one", 10), ("b", "one", 20), ("c", "two", 10)):
            await store.submit(partial(link_token, token, session, expires))
        await store.submit(lambda: note(("one", 1), ("two", 1)))
        await store.submit(lambda: forget(10))
        assert await seen(store) == [("one", 1)]
        assert await store.submit(lambda: link_token("a", "new", 100)) == "new"
        assert await store.submit(lambda: link_token("b", "new", 100)) == "one"
