"""Every row of `cases.py`, executed on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from holobase.domain.collection import Collection, Schema
from holobase.rules import Access, RuleError, compile_expression, compile_sort, last_tie
from holobase.rules.cell_types import virtual_type
from holobase.rules.tables import record_table
from holobase.rules.views import inferred
from tests.unit.rules import cases, postgres, world


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[world.Database]:
    if request.param == "sqlite":
        connection = world.database()
        yield connection
        connection.close()
    else:
        with postgres.fresh() as database:
            world.fill(database)
            yield database


def _collection(name: str) -> Any:
    return world.SCHEMA.find(name)


@pytest.mark.parametrize(("collection", "user", "text", "ids"), cases.RULES)
def test_a_rule_matches_exactly_these_records(
    database: world.Database, collection: str, user: str | None, text: str, ids: str
) -> None:
    found = world.matching(database, _collection(collection), text, world.request(user))
    assert " ".join(found) == ids


@pytest.mark.parametrize(("collection", "user", "text", "ids"), cases.RULES)
def test_what_the_request_decides_is_what_the_statement_answers(
    database: world.Database, collection: str, user: str | None, text: str, ids: str
) -> None:
    auth = world.USERS if user else None
    expression = compile_expression(text, _collection(collection), world.SCHEMA, Access.RULE, auth)
    decided = expression.decide(world.request(user))
    everything = " ".join(record["id"] for record in world.RECORDS[collection])
    assert decided is None or ids == (everything if decided else "")


@pytest.mark.parametrize(("collection", "user", "text", "ids"), cases.CLIENT)
def test_a_filter_of_a_client_honours_list_rules_and_email_visibility(
    database: world.Database, collection: str, user: str | None, text: str, ids: str
) -> None:
    asked = world.request(user)
    found = world.matching(database, _collection(collection), text, asked, Access.CLIENT)
    assert " ".join(found) == ids


@pytest.mark.parametrize(("collection", "text"), cases.NOT_FOR_CLIENTS)
def test_a_client_cannot_reach_what_is_hidden_or_unlisted(collection: str, text: str) -> None:
    compile_expression(text, _collection(collection), world.SCHEMA, Access.RULE, None)
    with pytest.raises(RuleError):
        compile_expression(text, _collection(collection), world.SCHEMA, Access.CLIENT, None)


@pytest.mark.parametrize(
    ("post", "user", "body", "text", "passes"),
    [(post, user, body, *row) for post, user, body, rows in cases.BODIES for row in rows],
)
def test_a_rule_sees_the_submitted_values(
    database: world.Database,
    post: str,
    user: str,
    body: dict[str, Any],
    text: str,
    passes: bool,
) -> None:
    asked = world.request(user, body=body, method="PATCH", query={})
    assert (post in world.matching(database, world.POSTS, text, asked)) is passes
    expression = compile_expression(text, world.POSTS, world.SCHEMA, Access.RULE, world.USERS)
    assert expression.decide(asked) in (None, passes)


@pytest.mark.parametrize(("text", "ids"), cases.SORTS)
def test_a_sort_gives_this_order(database: world.Database, text: str, ids: str) -> None:
    assert " ".join(world.sorted_ids(database, world.POSTS, text)) == ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("kind", "p3 p2 p5 p1 p4"),
        ("-kind", "p4 p1 p5 p2 p3"),
        ("-active,kind", "p3 p5 p1 p2 p4"),
        ("active,-place.lat", "p4 p2 p1 p3 p5"),
        ("place.lat,-active", "p5 p4 p2 p3 p1"),
    ],
)
def test_ties_are_in_the_order_of_insertion_in_the_direction_of_the_last_term(
    database: world.Database, text: str, ids: str
) -> None:
    assert " ".join(world.sorted_ids(database, world.POSTS, text)) == ids


def test_a_list_that_nobody_sorts_is_in_the_order_of_insertion(database: world.Database) -> None:
    table = record_table(world.POSTS)
    query = sa.select(table.c.id).order_by(last_tie(world.POSTS, table))
    assert world.run(database, query, world.request()) == ["p1", "p2", "p3", "p4", "p5"]


def test_a_random_sort_gives_every_record(database: world.Database) -> None:
    found = world.sorted_ids(database, world.POSTS, "-@random")
    assert sorted(found) == ["p1", "p2", "p3", "p4", "p5"]


@pytest.mark.parametrize("text", cases.NOT_SORTS)
def test_what_is_no_sort_is_refused(text: str) -> None:
    with pytest.raises(RuleError):
        compile_sort(text, world.POSTS, world.SCHEMA, Access.RULE, None)


@pytest.mark.parametrize(("text", "position"), cases.NOT_RULES)
def test_what_is_no_rule_is_refused_where_it_goes_wrong(text: str, position: int) -> None:
    with pytest.raises(RuleError) as caught:
        compile_expression(text, world.POSTS, world.SCHEMA, Access.RULE, world.USERS)
    assert caught.value.position == position
    assert caught.value.reason.endswith(".")


def test_a_sort_into_another_collection_brings_its_list_rule_for_clients(
    database: world.Database,
) -> None:
    sort = compile_sort("author.name", world.POSTS, world.SCHEMA, Access.CLIENT, None)
    assert sort.restriction is not None
    table = record_table(world.POSTS)
    query = sa.select(table.c.id).where(sort.restriction.where(table)).order_by(table.c.id)
    assert world.run(database, query, world.request()) == ["p1", "p2", "p3", "p5"]
    own = compile_sort("title", world.POSTS, world.SCHEMA, Access.CLIENT, None)
    assert own.restriction is None
    with pytest.raises(RuleError):
        compile_sort("author.roles.name", world.POSTS, world.SCHEMA, Access.CLIENT, None)


def test_a_create_rule_is_checked_against_a_virtual_row(database: world.Database) -> None:
    values = {"id": "new", "title": "Hi", "author": "u1", "editors": '["u1","u2"]', "score": 3}
    columns = [
        sa.literal(values.get(field.name, ""), virtual_type(field.storage)).label(field.name)
        for field in world.POSTS.fields
    ]
    row = sa.select(*columns).subquery("virtual")

    def passes(text: str) -> bool:
        expression = compile_expression(text, world.POSTS, world.SCHEMA, Access.RULE, world.USERS)
        query = sa.select(row.c.id).where(expression.where(row))
        return world.run(database, query, world.request("u1")) == ["new"]

    assert passes("author = @request.auth.id && author.team.name = 'red'")
    assert passes("editors.name ?= 'bob' && editors:length = 2 && score > 2")
    assert passes("@collection.comments.author ?= author && @collection.comments.likes ?= 5")
    assert not passes("editors.name ?= 'ghost' || author.name = 'bob'")
    assert not passes("editors.name = 'bob'")


@pytest.mark.parametrize(
    ("literal", "ids"),
    [
        ("2024-01-01T10:00:00.000Z", "p1"),
        ("2024-01-01T10:00:00Z", "p1"),
        ("2024-01-01 10:00:00Z", "p1"),
        ("2024-01-01T12:00:00.000+02:00", "p1"),
        ("2024-01-01 10:00:00", ""),
        ("2024-01-01", ""),
        ("T", ""),
    ],
)
def test_a_whole_iso_date_is_compared_in_the_wires_format(
    database: world.Database, literal: str, ids: str
) -> None:
    # PocketBase compares the text as it is, and so never finds the first four.
    found = world.matching(database, world.POSTS, f"due = '{literal}'", world.request())
    assert " ".join(found) == ids


def test_the_match_all_of_hidden_addresses_tells_a_client_nothing(
    database: world.Database,
) -> None:
    asked = world.request("u1")
    for text in ("editors.email != 'bob@x.io'", "editors.email != 'nobody@x.io'"):
        found = world.matching(database, world.POSTS, text, asked, Access.CLIENT)
        assert "p1" in found, text


def test_an_expression_names_the_collections_it_reads() -> None:
    expression = compile_expression(
        "author.team.name = 'a' || @collection.comments.text ?= 'x'",
        world.POSTS,
        world.SCHEMA,
        Access.RULE,
        None,
    )
    assert expression.collections == {"c_users", "c_teams", "c_comments"}


@pytest.mark.parametrize(
    ("text", "looks_back"),
    [
        ("comments_via_post.text ?= 'x'", True),
        ("title = 'x' || comments_via_post.id = ''", True),
        ("author.comments_via_author.text ?= 'x'", False),
        ("@request.auth.comments_via_author.text ?= 'x'", False),
    ],
)
def test_an_expression_knows_whether_it_asks_who_refers_to_its_row(
    text: str, looks_back: bool
) -> None:
    expression = compile_expression(text, world.POSTS, world.SCHEMA, Access.RULE, world.USERS)
    assert expression.looks_back is looks_back


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("author = @request.auth.id", "by_author"),
        ("author = @request.auth.team", "by_author"),
        ("@request.auth.id = author || author = @request.auth.team", "by_author"),
        ("comments_via_post.author ?= @request.auth.id", "comments_by_post"),
        ("@collection.comments.post ?= id && @collection.comments.likes ?> 1", "comments_by_post"),
    ],
)
def test_an_index_serves_what_rules_usually_ask(text: str, index: str) -> None:
    connection = world.database()
    connection.execute("CREATE INDEX by_author ON posts (author)")
    connection.execute("CREATE INDEX comments_by_post ON comments (post)")
    expression = compile_expression(text, world.POSTS, world.SCHEMA, Access.RULE, world.USERS)
    table = record_table(world.POSTS)
    plan = world.plan(connection, sa.select(table.c.title).where(expression.where(table)))
    assert f"INDEX {index} " in plan


def test_a_view_may_show_plain_text_as_json(database: world.Database) -> None:
    query = "SELECT id, (title) AS title FROM posts"
    columns = inferred(query, world.SCHEMA)
    view = Collection(
        id="c_v",
        name="shown",
        type="view",
        fields=columns.fields,
        view_query=query,
        reads=columns.reads,
    )
    assert [field.kind for field in view.fields] == ["text", "json"]
    table = record_table(view)

    def found(text: str) -> list[str]:
        expression = compile_expression(text, view, Schema((view,)), Access.RULE, None)
        return world.run(
            database, sa.select(table.c.id).where(expression.where(table)), world.request()
        )

    assert found("title = 'Hello'") == ["p1"]
    assert found("title = 5") == ["p5"]
    assert found("title.a = null && id = 'p1'") == ["p1"]


def test_a_point_is_no_distance_from_itself(database: world.Database) -> None:
    # One of those points where rounding makes the cosine of the angle greater than 1.
    for latitude in range(-90, 91):
        text = f"geoDistance(10, {latitude}, 10, {latitude}) < 0.001 && id = 'p1'"
        assert world.matching(database, world.POSTS, text, world.request()) == ["p1"], latitude
