"""What an expand may cost: one question a level, and bounds on paths, levels and records, on both
stores."""

from typing import Any

import msgspec
import pytest

from holobase.domain.errors import BadRequest
from holobase.domain.principal import Request
from holobase.engine.expand import DEPTH_MAX, PATHS_MAX, parse_expand
from holobase.engine.reading import PageQuery
from tests.wire.inside import Inside
from tests.wire.test_batch_inside import Run, on

__all__ = ["on"]

SERVER = Request(service="test")
POSTS = 5
BACK = "community_posts_via_author"


async def fill(made: Inside) -> str:
    """Somebody with a few posts."""
    author = (await made.create()).id
    for number in range(POSTS):
        await post(made, author, f"{number}")
    return author


async def post(made: Inside, author: str, caption: str, expand: str = "") -> dict[str, Any]:
    """A new post, as its writer is shown it."""
    application = made.application
    posts = application.catalogue.get("community_posts")
    values = {"author": author, "visibility": "public", "caption": caption}
    record = await application.writing.create(posts, values, SERVER)
    return await application.reading.show(posts, record, SERVER, parse_expand(expand))


async def listed(made: Inside, name: str, expand: str) -> list[Any]:
    """All records of a collection, as the server sees them."""
    application = made.application
    query = PageQuery(expand=parse_expand(expand), skip_total=True)
    page = await application.reading.page(application.catalogue.get(name), query, SERVER)
    return [msgspec.json.decode(item) for item in page.items]


def test_a_level_is_one_question_on_either_store(on: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps(made: Inside) -> None:
        await fill(made)
        store, asked = type(made.application.kernel.store), []
        fetch = store.fetch

        async def noted(*question: Any) -> Any:
            asked.append(question)
            return await fetch(*question)

        monkeypatch.setattr(store, "fetch", noted)
        costs = []
        for expand in ("", "author", "author.roles", f"author.{BACK}.author"):
            asked.clear()
            await listed(made, "community_posts", expand)
            costs.append(len(asked))
        assert costs == [1, 2, 3, 4]

    on(steps)


def test_what_refers_to_a_record_comes_in_its_order_up_to_a_number(
    on: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holobase.engine.expand.BACK_RELATIONS_MAX", 3)

    async def steps(made: Inside) -> None:
        await fill(made)
        [author] = await listed(made, "users", BACK)
        assert [each["caption"] for each in author["expand"][BACK]] == ["0", "1", "2"]

    on(steps)


def test_no_expand_leads_to_more_than_so_many_records(
    on: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def allow(number: int) -> None:
        monkeypatch.setattr("holobase.engine.expand.RECORDS_MAX", number)

    async def steps(made: Inside) -> None:
        author = await fill(made)
        shown_each_time = POSTS * (1 + 1 + POSTS)
        allow(shown_each_time)
        posts = await listed(made, "community_posts", f"author.{BACK}")
        assert len(posts[0]["expand"]["author"]["expand"][BACK]) == POSTS
        allow(shown_each_time - 1)
        with pytest.raises(BadRequest, match="expand_too_large"):
            await listed(made, "community_posts", f"author.{BACK}")
        allow(POSTS)
        shown = await post(made, author, "one more", f"author.{BACK}")
        assert (shown["caption"], "expand" in shown) == ("one more", False)
        assert len(await listed(made, "community_posts", "")) == POSTS + 1

    on(steps)


def test_paths_and_levels_past_the_bounds_are_not_gone() -> None:
    tree = parse_expand(",".join(f"a{number}" for number in range(PATHS_MAX + 50)))
    assert tree is not None and len(tree) == PATHS_MAX
    level, depth = parse_expand(".".join(["a"] * 50)), 0
    while level:
        level, depth = level["a"], depth + 1
    assert depth == DEPTH_MAX
