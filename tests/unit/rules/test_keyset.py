"""Going on behind a record reads an index from there, on either store."""

import pytest
import sqlalchemy as sa

from holobase.adapters.postgres.compile import statement
from holobase.rules import Access, compile_sort
from holobase.rules.keyset import beyond, key_name
from holobase.rules.tables import record_table
from tests.unit.rules import postgres, world

CASES = [("-due", "by_due"), ("due", "by_due"), ("-due,title", "by_due")]
DUE = "2024-01-01 17"


PLACES = {"-due,title": (DUE, "x", 17), "@rowid": (17,)}


def _next_page(text: str) -> sa.Select[tuple[str]]:
    table = record_table(world.POSTS)
    keys = compile_sort(text, world.POSTS, world.SCHEMA, Access.CLIENT, None).keys(table)
    place = PLACES.get(text, (DUE, 17))
    query = sa.select(table.c.id).where(beyond(keys, place))
    return query.order_by(*(key.order for key in keys)).limit(30)


@pytest.mark.parametrize(("text", "index"), CASES)
def test_sqlite_walks_the_index_of_the_first_term(text: str, index: str) -> None:
    connection = world.database()
    connection.execute("CREATE INDEX by_due ON posts (due)")
    assert f"SEARCH posts USING INDEX {index} (due" in world.plan(connection, _next_page(text))


def test_sqlite_needs_no_sorting_where_ties_go_with_the_last_term() -> None:
    connection = world.database()
    connection.execute("CREATE INDEX by_due ON posts (due)")
    assert "TEMP B-TREE" not in world.plan(connection, _next_page("-due"))
    assert "SEARCH posts USING INTEGER PRIMARY KEY" in world.plan(connection, _next_page("@rowid"))


@pytest.mark.parametrize(("text", "index"), CASES)
def test_postgres_walks_the_index_of_the_first_term(text: str, index: str) -> None:
    with postgres.fresh() as database:
        world.fill(database)
        database.execute(
            "INSERT INTO posts (id, title, due) SELECT 'x' || i, 'title ' || i, '2024-01-01 ' || i"
            " FROM generate_series(1, 5000) AS i; CREATE INDEX by_due ON posts (due); ANALYZE posts"
        )
        compiled = statement(_next_page(text))
        given = {key_name(n): value for n, value in enumerate(PLACES.get(text, (DUE, 17)))}
        plan = database.values(f"EXPLAIN (COSTS OFF) {compiled.sql}", *compiled.bind(given=given))
    walked = "\n".join(plan)
    assert f"using {index} on posts" in walked
    assert "Index Cond: (due" in walked
