"""What every answer has beside its body: CORS, security headers, routes and their spellings."""

import pytest

from tests.wire.rows import Row, check, rows
from tests.wire.world import World

ROLES = "/api/collections/roles/records"
SECURITY = {
    "x-xss-protection": "1; mode=block",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
    "vary": "Origin",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", ROLES, 200),
        ("HEAD", ROLES, 200),
        ("GET", "/nope", 404),
        ("GET", ROLES + "?page=x", 400),
        ("GET", "/api//health", 307),
        ("DELETE", ROLES + "/nope", 403),
    ],
)
def test_every_answer_is_guarded(world: World, method: str, path: str, status: int) -> None:
    answer = world.ask("guest", method, path)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in SECURITY} == SECURITY
    assert "access-control-allow-origin" not in answer.headers
    assert "server" not in answer.headers


def test_json_is_called_json(world: World) -> None:
    for path in (ROLES, "/nope"):
        assert world.ask("guest", "GET", path).headers["content-type"] == "application/json"


def test_other_origins_may_ask(world: World) -> None:
    for path in (ROLES, "/nope"):
        answer = world.ask("guest", "GET", path, headers={"origin": "http://example.com"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", [ROLES, "/nope", "/api/health"])
def test_a_preflight_is_answered_anywhere(world: World, path: str) -> None:
    asked = {
        "origin": "http://example.com",
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization, x-thing",
    }
    answer = world.ask("guest", "OPTIONS", path, headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET,HEAD,PUT,PATCH,POST,DELETE"
    assert answer.headers["access-control-allow-headers"] == "authorization, x-thing"
    assert "access-control-max-age" not in answer.headers
    assert "x-frame-options" not in answer.headers


def test_without_an_origin_options_say_nothing(world: World) -> None:
    answer = world.ask("guest", "OPTIONS", ROLES)
    assert answer.status_code == 204
    assert "access-control-allow-methods" not in answer.headers


def test_a_head_has_the_status_and_length_but_no_body(world: World) -> None:
    for query in ({}, {"page": "x"}):
        asked = world.ask("guest", "GET", ROLES, query=query)
        answer = world.ask("guest", "HEAD", ROLES, query=query)
        assert (answer.status_code, answer.content) == (asked.status_code, b"")
        assert answer.headers["content-length"] == str(len(asked.content))


def test_a_deleted_record_leaves_no_body(world: World) -> None:
    made = world.make("tags", {"name": world.fresh()})
    answer = world.ask("root", "DELETE", f"/api/collections/tags/records/{made}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers


def missing(says: str, path: str, method: str = "GET") -> Row:
    """A route that there is not."""
    return Row(says=says, method=method, path=path, status=404)


@rows(
    missing("an unknown path", "/api/nope"),
    missing("the root", "/"),
    missing("an unknown method", ROLES, "PUT"),
    missing("a made-up method", ROLES, "LINK"),
    missing("a trailing slash", ROLES + "/"),
    missing("a trailing slash behind an id", ROLES + "/{member}/"),
    Row(
        says="an encoded slash is part of a name",  # of a collection that guests may not look at
        path="/api/collections/roles%2Frecords",
        status=401,
    ),
    missing("an encoded slash is part of an id", ROLES + "/%2F"),
    missing("U+0000 is in no id", ROLES + "/%00"),
    missing("U+0000 is in no name", "/api/collections/roles%00/records"),
    missing("bytes that are no text are in no id", ROLES + "/%FF"),
    missing("health has no slash behind it", "/api/health/"),
    missing("health is not written", "/api/health", "POST"),
    Row(says="a broken percent is no address", path=ROLES + "/a%zz", status=400),
    Row(says="nor is a cut one", path=ROLES + "/%", status=400),
    Row(says="an encoded letter is a letter", path="/%61pi/collections/r%6Fles/records"),
    Row(says="health is well", path="/api/health", equals={"code": 200, "data": {}}),
    Row(says="the process is live", path="/livez"),
    Row(says="and ready", path="/readyz"),
)
def test_routes(world: World, row: Row) -> None:
    check(world, row)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("//api//health?a=%zz", "/api/health?a=%zz"),
        ("/api/collections//records", "/api/collections/records"),
        ("/api/x//", "/api/x/"),
        ("//evil.example//x", "/evil.example/x"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_doubled_slashes_are_led_away_from(
    world: World, method: str, path: str, location: str
) -> None:
    answer = world.ask("guest", method, world.url + path)
    assert (answer.status_code, answer.headers["location"]) == (307, location)
