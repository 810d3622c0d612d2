"""The SQL console: what superusers may ask, and that nothing is written by it, whatever it says."""

from typing import Any

import pytest

from holobase.engine.console import ASKED
from tests.wire.rows import Row, check, rows
from tests.wire.world import World

PATH = "/api/sql"


def sql(says: str, query: Any, status: int = 400, **row: Any) -> Row:
    """A statement of a superuser."""
    row.setdefault("events", None)
    row.setdefault("who", "root")
    return Row(says=says, method="POST", path=PATH, body={"query": query}, status=status, **row)


@rows(
    sql("guests may not ask", "SELECT 1", 401, who="guest", events=()),
    sql("nor may users", "SELECT 1", 403, who="alice", events=()),
    sql(
        "values come as texts",
        "SELECT 1 AS a, 'x' AS b, NULL AS c, 2.5 AS d, 5.0 AS e",
        200,
        events=[ASKED],
        equals={"affectedRows": 0, "columns.0.name": "a", "columns.0.nullable": True},
        contains=['"rows":[["1","x",null,"2.5",'],
    ),
    sql("so do flags", "SELECT verified FROM users LIMIT 1", 200, contains=['[["0"]]']),
    sql("a name may come twice", "SELECT 1 AS a, 2 AS a", 200, contains=['[["1","2"]]']),
    sql("rows may be missing", "SELECT id FROM users WHERE id = 'x'", 200, equals={"rows": []}),
    sql("a semicolon may end it", " SELECT 1 ; ", 200, contains=['[["1"]]']),
    sql("a comment may follow", "SELECT 1 /* ; */", 200, contains=['[["1"]]']),
    sql("comments are fine", "/* a */ -- b\nSELECT 1 -- c", 200, contains=['[["1"]]']),
    sql("rows may be computed first", "WITH a AS (SELECT 7 AS x) SELECT x FROM a", 200),
    sql("plans are told", "EXPLAIN SELECT id FROM users", 200),
    sql("something must be asked", "", codes={"query": "validation_required"}, events=()),
    sql("blanks are nothing", "  \n", codes={"query": "validation_required"}, events=()),
    sql("a number is no text", 5, events=()),
    sql(
        "a long statement",
        "SELECT '" + "x" * 5_000 + "'",
        codes={"query": "validation_length_too_long"},
        events=(),
    ),
    sql("what cannot be read is told", "SELECT FROM WHERE", contains=["syntax"]),
    sql("what is not there is told", "SELECT * FROM nothing_here", contains=["nothing_here"]),
    sql("two statements", "SELECT 1; SELECT 2"),
    sql("U+0000 is in no statement", "SELECT '\x00'"),
    sql("the end of a bracket that is not open", "SELECT 1) AS q (c0); --"),
)
def test_statements(world: World, row: Row) -> None:
    check(world, row)


WRITES = (
    "INSERT INTO tags (id, name) VALUES ('aaaaaaaaaaaaaaa', 'x')",
    "UPDATE users SET verified = 1",
    "DELETE FROM users",
    "CREATE TABLE mine (a int)",
    "DROP TABLE users",
    "ALTER TABLE users ADD COLUMN x int",
    "/* select */ DELETE FROM users",
    "(DELETE FROM users)",
    "WITH a AS (SELECT 1) DELETE FROM users",
    "BEGIN",
    "COMMIT",
    "VACUUM",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA user_version = 9",
    "ATTACH DATABASE '/tmp/x.db' AS x",
    "SELECT 1; DELETE FROM users",
    "EXPLAIN ANALYZE DELETE FROM users",
    "WITH a AS (DELETE FROM users RETURNING id) SELECT * FROM a",
    "SELECT 1 INTO mine",
    "SELECT * FROM users FOR UPDATE",
    "COPY users TO '/tmp/users'",
    "DO $$ BEGIN DELETE FROM users; END $$",
    "SET ROLE postgres",
    "TRUNCATE users",
    "SELECT load_extension('x')",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT PG_Terminate_Backend(1)",
    'SELECT "pg_sleep"(100)',
    'SELECT U&"\\0070g_sleep"(100)',
    "SELECT lo_import('/etc/passwd')",
    "SELECT query_to_xml('DELETE FROM users', true, true, '')",
    "SELECT set_config('transaction_read_only', 'off', true)",
    "SELECT setval('x', 1)",
)


@pytest.mark.parametrize("query", WRITES)
def test_nothing_is_written_and_nothing_else_reached(world: World, query: str) -> None:
    people = "SELECT count(*), sum(verified) FROM users"
    before = world.ask("root", "POST", PATH, body={"query": people}).json()["rows"]
    answer = world.ask("root", "POST", PATH, body={"query": query})
    assert answer.status_code == 400, answer.text
    assert world.ask("root", "POST", PATH, body={"query": people}).json()["rows"] == before


def test_there_is_a_limit_of_rows(world: World) -> None:
    query = (
        "WITH RECURSIVE n AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM n WHERE x < 5000)"
        " SELECT x FROM n"
    )
    answer = world.ask("root", "POST", PATH, body={"query": query})
    assert answer.status_code == 200, answer.text
    assert [row[0] for row in answer.json()["rows"]] == [str(n) for n in range(1, 1_001)]


def test_what_is_huge_is_refused_or_cut(world: World) -> None:
    queries = {
        "sqlite": "SELECT hex(zeroblob(9000000))",
        "postgres": "SELECT repeat('x', 90000000)",
    }
    for query in queries.values():
        answer = world.ask("root", "POST", PATH, body={"query": query})
        assert answer.status_code in (200, 400) and len(answer.content) < 10_000_000


def test_who_asked_what_is_a_fact_without_its_values(world: World) -> None:
    query = "SELECT id FROM users WHERE email = 'alice@example.com' AND 1 = 12345"
    assert world.ask("root", "POST", PATH, body={"query": query}).status_code == 200
    told = [event for event in world.events_after(0) if event.type == ASKED][-1]
    assert told.actor.startswith("_superusers/")
    assert told.data == b'{"query":"SELECT id FROM users WHERE email = ? AND ? = ?"}'
    assert told.sealed is not None
    assert b"alice" not in told.sealed and b"12345" not in told.sealed
