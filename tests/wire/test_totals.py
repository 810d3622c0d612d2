"""Totals of filtered lists: kept until something changes that was counted, on both stores."""

import asyncio
from typing import Any

import pytest

from holobase.domain.principal import Request
from holobase.engine.reading import PageQuery
from tests.wire.inside import Inside
from tests.wire.test_batch_inside import Run, on

__all__ = ["on"]

SERVER = Request(service="test")


class Counted:
    """Asks for totals, and knows how often the store was asked to count."""

    def __init__(self, made: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made = made
        self.counts = 0
        store = type(made.application.kernel.store)
        fetch = store.fetch

        async def counted(stored: Any, statement: Any, values: Any) -> Any:
            if "count(" in statement.sql.lower():
                self.counts += 1
                await asyncio.sleep(0)  # others get their turn, as while a long count runs
            return await fetch(stored, statement, values)

        monkeypatch.setattr(store, "fetch", counted)

    async def make(self, collection: str, **values: Any) -> str:
        """A record made by the server itself."""
        application = self.made.application
        record = await application.writing.create(
            application.catalogue.get(collection), values, SERVER
        )
        return record.id

    async def total(self, collection: str, text: str, request: Request = SERVER) -> tuple[int, int]:
        """The total of a list, and how many counts it took."""
        before, application = self.counts, self.made.application
        query = PageQuery(per_page=1, filter=text)
        page = await application.reading.page(application.catalogue.get(collection), query, request)
        return page.total_items, self.counts - before


def test_a_total_is_counted_again_only_when_what_it_counts_has_changed(
    on: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(made: Inside) -> None:
        counted = Counted(made, monkeypatch)
        author = (await made.create()).id
        post = {"author": author, "visibility": "public", "caption": "hello"}
        posts = [await counted.make("community_posts", **post) for _ in range(3)]
        asked = ("community_posts", "caption = 'hello'")
        assert await counted.total(*asked) == (3, 1)
        assert await counted.total(*asked) == (3, 0)
        await counted.make("tags", name="star")
        assert await counted.total(*asked) == (3, 0)
        await counted.make("community_posts", **post)
        assert await counted.total(*asked) == (4, 1)
        assert await counted.total(*asked) == (4, 0)
        assert await counted.total("community_posts", "caption = 'bye'") == (0, 0)
        likes = ("community_posts", "likes > 0 || caption = ''")
        assert await counted.total(*likes) == (0, 0)
        await counted.make("likes", user=author, post=posts[0])
        assert await counted.total(*asked) == (4, 1)

    on(steps)


def test_a_total_through_a_relation_follows_what_that_leads_to(
    on: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(made: Inside) -> None:
        counted = Counted(made, monkeypatch)
        author = await made.create()
        for _ in range(2):
            await counted.make("community_posts", author=author.id, visibility="public")
        asked = ("community_posts", "author.name ~ 'Ann' || author.name = ''")
        assert await counted.total(*asked) == (2, 1)
        assert await counted.total(*asked) == (2, 0)
        await made.update(author.id, SERVER, name="Bora")
        assert await counted.total(*asked) == (0, 0)
        await made.update(author.id, SERVER, name="Anna")
        assert await counted.total(*asked) == (2, 1)

    on(steps)


def test_equal_totals_that_are_asked_for_at_once_are_counted_once(
    on: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(made: Inside) -> None:
        counted = Counted(made, monkeypatch)
        author = (await made.create()).id
        for caption in ("hello", "hello", "bye"):
            values = {"author": author, "visibility": "public", "caption": caption}
            await counted.make("community_posts", **values)
        asked = ("community_posts", "caption = 'hello'")
        gone, *others = [asyncio.create_task(counted.total(*asked)) for _ in range(8)]
        await asyncio.sleep(0)
        gone.cancel()
        assert {total for total, _ in await asyncio.gather(*others)} == {2}
        assert counted.counts == 1

    on(steps)
