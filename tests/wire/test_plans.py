"""The product's own lists walk an index on either store, however many records there are: no table
is gone through whole, and nothing but the few records of one parent is sorted."""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import asyncpg
import pytest

from holobase.adapters.postgres.address import parse
from holobase.adapters.postgres.tables import quoted
from holobase.adapters.sqlite.file import FILE_NAME
from holobase.community.identity.permissions import MEMBER
from holobase.domain.collection import Collection
from holobase.domain.fields import (
    AutodateField,
    EmailField,
    Field,
    NumberField,
    RelationField,
    TextField,
)
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.reading import PageQuery
from holobase.ports.statement import Statement
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import Instance, open_instance
from tests.conftest import STORES, store_of

ROWS = 1_000
"""Records of each collection: PostgreSQL would not care for an index over few."""

IT = f"{7:015}"
"""The id of a record that is there, in every collection."""

NEWEST = "-created"
LISTS = [
    ("unified_cards", "", NEWEST),
    ("unified_cards", "", "-community_likes"),
    ("unified_cards", "", "-community_downloads"),
    ("unified_cards", "", "-community_rating"),
    ("unified_cards", "community_creator = '{it}'", NEWEST),
    ("unified_cards", "template = '{it}'", ""),
    ("unified_cards", "remixed_from = '{it}'", ""),
    ("collections", "", NEWEST),
    ("collections", "owner = '{it}'", NEWEST),
    ("card_ratings", "card = '{it}'", NEWEST),
    ("collection_items", "user = '{it}'", NEWEST),
    ("collection_items", "card = '{it}'", ""),
    ("tags", "", "-usage_count"),
    ("tags", "name = 'star'", ""),
    ("templates", "", NEWEST),
    ("templates", "", "-downloads"),
    ("templates", "", "-rating"),
    ("templates", "category = '{it}'", NEWEST),
    ("templates", "creator = '{it}'", NEWEST),
    ("template_versions", "template = '{it}'", NEWEST),
    ("reviews", "template = '{it}'", NEWEST),
    ("reviews", "user = '{it}'", NEWEST),
    ("community_posts", "", NEWEST),
    ("community_posts", "", "-score"),
    ("community_posts", "author = '{it}'", NEWEST),
    ("community_posts", "post_type = 'general'", NEWEST),
    ("community_posts", "card = '{it}'", ""),
    ("comments", "post = '{it}'", "created"),
    ("comments", "card = '{it}'", NEWEST),
    ("comments", "parent = '{it}'", ""),
    ("comments", "author = '{it}'", NEWEST),
    ("likes", "user = '{it}'", NEWEST),
    ("likes", "card = '{it}'", ""),
    ("likes", "post = '{it}'", ""),
    ("follows", "following = '{it}'", NEWEST),
    ("follows", "follower = '{it}'", NEWEST),
    ("users", "username = 'anna'", ""),
    ("unified_users", "user_id = '{it}'", ""),
]
"""Collection, filter and sort, of guests and of people."""

OWN = [
    ("notifications", "", NEWEST),
    ("notifications", "is_read = false", NEWEST),
    ("bookmarks", "", NEWEST),
    ("card_downloads", "", NEWEST),
    ("template_downloads", "", NEWEST),
    ("feed_items", "kind = 'following'", NEWEST),
    ("shares", "", NEWEST),
    ("purchases", "", NEWEST),
    ("reports", "", NEWEST),
    ("payouts", "", NEWEST),
    ("ledger_entries", "", NEWEST),
    ("moderation_actions", "", NEWEST),
]
"""What people alone have, and see of their own."""


class Plans:
    """An application whose lists are asked for their plans instead of their records."""

    def __init__(self, instance: Instance, explain: Callable[[Statement, Any], Any]) -> None:
        self.application = instance.application
        self._explain = explain

    async def of(self, name: str, query: PageQuery, request: Request) -> str:
        """The plan of the statement that gives the records of a list."""
        asked: list[tuple[Statement, Any]] = []
        store: Any = self.application.kernel.store
        fetch = type(store).fetch

        async def noted(_: Any, statement: Statement, values: Any) -> list[Any]:
            asked.append((statement, values))
            return []

        type(store).fetch = noted
        try:
            await self.application.reading.page(
                self.application.catalogue.get(name), query, request
            )
        finally:
            type(store).fetch = fetch
        return str(await self._explain(*asked[0]))


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """The event loop of these tests."""
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module", params=STORES)
def plans(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, runner: asyncio.Runner
) -> Iterator[Plans]:
    """The community on a store of its own, with many records of everything where that matters."""
    data = tmp_path_factory.mktemp("plans")
    with store_of(request.param) as url:
        opened = open_instance(Settings.of({"data": data, "store": url}))
        instance = runner.run(opened.__aenter__())
        try:
            yield Plans(instance, _postgres(url, runner, instance) if url else _sqlite(data))
        finally:
            runner.run(opened.__aexit__(None, None, None))


def _sqlite(data: Path) -> Callable[[Statement, Any], Any]:
    async def explain(statement: Statement, values: Any) -> str:
        connection = apsw.Connection(str(data / FILE_NAME), flags=apsw.SQLITE_OPEN_READONLY)
        steps = connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", values).fetchall()
        connection.close()
        return "\n".join(str(step[3]) for step in steps)

    return explain


def _postgres(
    url: str, runner: asyncio.Runner, instance: Instance
) -> Callable[[Statement, Any], Any]:
    address = parse(url)

    async def explain(statement: Statement, values: Any) -> str:
        connection = await asyncpg.connect(
            address.dsn, server_settings={"search_path": address.schema, "jit": "off"}
        )
        try:
            lines = await connection.fetch(f"EXPLAIN (COSTS OFF) {statement.sql}", *values)
        finally:
            await connection.close()
        return "\n".join(line[0] for line in lines)

    async def fill() -> None:
        connection = await asyncpg.connect(
            address.dsn, server_settings={"search_path": address.schema}
        )
        names = {name for name, *_ in (*LISTS, *OWN)} | {"users", "blocks"}
        for name in sorted(names):
            await connection.execute(_many(instance.application.catalogue.get(name).collection))
        await connection.execute("ANALYZE")
        await connection.close()

    runner.run(fill())
    return explain


def _many(collection: Collection) -> str:
    """A statement that puts many rows into the table of a collection on PostgreSQL: no pair of two
    neighbouring relations comes twice, and every text is another."""
    values = {field.name: _value(field, n) for n, field in enumerate(collection.fields)}
    given = {name: value for name, value in values.items() if value}
    return (
        f'INSERT INTO "{collection.name}" ({", ".join(map(quoted, given))})'
        f" SELECT {', '.join(given.values())} FROM generate_series(1, {ROWS}) AS i"
        " ON CONFLICT DO NOTHING"
    )


def _value(field: Field, number: int) -> str:
    """The value of a field in the row `i`, as SQL; empty for that of most rows."""
    if field.name in SHOWN:
        return SHOWN[field.name]
    match field:
        case RelationField():
            return f"lpad(({'i % 500' if number % 2 else 'i / 500'})::text, 15, '0')"
        case NumberField():
            return "i % 1000"
        case AutodateField():
            return "'2026-01-01 ' || lpad(i::text, 12, '0')"
        case TextField() | EmailField():
            return "lpad(i::text, 15, '0')"
        case _:
            return ""


SHOWN = {
    "community_is_public": "1",
    "is_public": "1",
    "status": "'approved'",
    "visibility": "'public'",
    "kind": "(ARRAY['following', 'trending', 'latest'])[1 + i % 3]",
    "post_type": "(ARRAY['general', 'team_news', 'fan_story'])[1 + i % 3]",
}
"""Values with which records are in lists."""

WHOLE = re.compile(r"SCAN (?!hb_one|CONSTANT ROW)(?!.* (USING|VIRTUAL) )|Seq Scan on (?!roles )")
"""A step that goes through a whole table, if it is not as small as that of the roles."""

SORTED = re.compile(r"TEMP B-TREE FOR ORDER BY|-> +Sort$")
"""A step that sorts more than what is equal by an index."""


@pytest.mark.parametrize("who", ["guest", "anna"])
def test_lists_walk_an_index(plans: Plans, runner: asyncio.Runner, who: str) -> None:
    request = Request(auth=_anna(plans)) if who == "anna" else Request()
    wrong = []
    for name, given, sort in [*LISTS, *(OWN if who == "anna" else [])]:
        query = PageQuery(filter=given.format(it=IT), sort=sort, skip_total=True)
        plan = runner.run(plans.of(name, query, request))
        steps = plan.splitlines()
        is_of_all = not given and (name, given, sort) in LISTS
        if any(map(WHOLE.search, steps)) or (is_of_all and any(map(SORTED.search, steps))):
            wrong.append(f"{name} by {sort} where {given}:\n{plan}")
    assert not wrong, "\n\n".join(wrong)


def _anna(plans: Plans) -> Record:
    """Somebody who has blocked somebody: only then rules look at blocks."""
    collection = plans.application.catalogue.get("users").collection
    values = {field.name: field.zero for field in collection.fields}
    values |= {"id": IT, "roles": [MEMBER.id], "block_count": 1}
    return Record(collection.id, collection.name, IT, 1, values)
