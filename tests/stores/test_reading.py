"""What a store promises about reads: all rows, however long it takes, up to a limit."""

import sqlalchemy as sa

from tests.stores.conftest import OpenStore

COUNTED = 300_000
"""Enough rows that no machine counts them within the event loop's budget."""


def _numbers_up_to(limit: int) -> sa.Select[tuple[int]]:
    numbers = sa.select(sa.literal(1).label("number")).cte("numbers", recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.number + 1).where(numbers.c.number < limit))
    return sa.select(sa.func.count()).select_from(numbers)


async def test_a_read_that_is_too_long_for_the_event_loop_still_gives_all_its_rows(
    open_store: OpenStore,
) -> None:
    async with open_store() as store:
        statement = store.statement(_numbers_up_to(COUNTED))
        for _ in range(3):
            assert await store.fetch(statement, statement.bind()) == [(COUNTED,)]


async def test_a_short_read_is_not_broken_off_however_often_it_runs(open_store: OpenStore) -> None:
    async with open_store() as store:
        statement = store.statement(_numbers_up_to(50))
        for _ in range(2_000):
            assert await store.fetch(statement, statement.bind()) == [(50,)]
