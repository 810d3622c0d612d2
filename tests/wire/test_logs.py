"""The request log: what is written about requests, how it is read, and how much of it is kept."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from holobase.domain.settings import DEFAULTS, shown
from tests.wire.rows import Row, check, rows
from tests.wire.world import World

PATH = "/api/logs"
TAGS = "/api/collections/tags/records"
REQUEST = {
    "auth",
    "execTime",
    "method",
    "referer",
    "remoteIP",
    "status",
    "type",
    "url",
    "userAgent",
    "userIP",
}


def change(world: World, **logs: Any) -> None:
    answer = world.ask("root", "PATCH", "/api/settings", body={"logs": logs})
    assert answer.status_code == 200, answer.text


@pytest.fixture(autouse=True)
def as_new(world: World) -> Iterator[None]:
    """Every test begins with an empty log and ends with the settings of a new instance."""
    assert world.ask("root", "DELETE", PATH).status_code == 204
    yield
    change(world, **shown(DEFAULTS)["logs"])


def entries(world: World, **query: Any) -> list[dict[str, Any]]:
    answer = world.ask("root", "GET", PATH, query=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def test_a_request_is_logged_as_it_was_asked(world: World) -> None:
    headers = {"referer": "http://a.com/x", "user-agent": "tests"}
    world.ask("alice", "GET", f"{TAGS}?sort=%2Dname&page=1", headers=headers)
    [entry] = entries(world)
    assert list(entry) == ["id", "created", "data", "message", "level"]
    assert len(entry["id"]) == 15 and entry["created"].endswith("Z")
    assert (entry["message"], entry["level"]) == (f"GET {TAGS}?sort=-name&page=1", 0)
    data = entry["data"]
    assert list(data) == sorted(REQUEST)
    assert data.pop("execTime") > 0
    assert data == {
        "auth": "users",
        "method": "GET",
        "referer": "http://a.com/x",
        "remoteIP": "127.0.0.1",
        "status": 200,
        "type": "request",
        "url": f"{TAGS}?sort=%2Dname&page=1",
        "userAgent": "tests",
        "userIP": "127.0.0.1",
    }


def test_what_the_server_says_of_itself_is_there_too(world: World) -> None:
    body = {"email": "somebody@example.com", "template": "verification"}
    answer = world.ask("root", "POST", "/api/settings/test/email", body=body)
    assert answer.status_code == 204, answer.text
    own = {"filter": "data.logger = 'holobase.mail' && data.type != 'request'"}
    deadline = time.monotonic() + 20
    while not (found := entries(world, **own)) and time.monotonic() < deadline:
        time.sleep(0.05)
    [said] = found
    assert (said["message"], said["level"]) == ("mail written to the folder", 0)
    assert sorted(said["data"]) == ["file.path", "logger"]


def test_a_refused_request_says_why(world: World) -> None:
    world.ask("guest", "POST", "/api/collections/users/auth-with-password", body={})
    world.ask("guest", "GET", "/api/nope")
    refused, missing = entries(world)
    assert (refused["level"], refused["data"]["status"]) == (8, 400)
    wrong = "validation_required"
    assert refused["data"]["details"] == {"identity": wrong, "password": wrong}
    assert missing["data"]["error"] == "There is nothing here."
    assert (missing["data"]["details"], missing["data"]["auth"]) == (None, "")


def test_tokens_and_what_is_long_are_not_kept(world: World) -> None:
    query = {"a": "x" * 4_000}
    headers = {"user-agent": "y" * 3_000}
    world.ask("guest", "GET", f"{TAGS}?token=secret&fields=id&TOKEN=secret")
    world.ask("guest", "GET", TAGS, query=query, headers=headers)
    hidden, long = entries(world)
    assert "secret" not in str(hidden)
    assert hidden["data"]["url"] == f"{TAGS}?token=[hidden]&fields=id&TOKEN=[hidden]"
    assert len(long["data"]["url"]) == 3_003 and long["data"]["url"].endswith("x...")
    assert long["message"] == f"GET {long['data']['url']}"
    assert len(long["data"]["userAgent"]) == 2_003


def test_what_is_asked_all_the_time_is_not_logged(world: World) -> None:
    world.ask("root", "GET", PATH)
    world.ask("root", "GET", f"{PATH}/stats")
    world.ask("guest", "GET", "/livez")
    world.ask("guest", "OPTIONS", TAGS)
    assert entries(world) == []
    world.ask("guest", "GET", PATH)
    assert [entry["data"]["status"] for entry in entries(world)] == [401]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("level > 0", 1),
        ("data.status = 404", 1),
        ("data.status >= 200 && data.status < 300", 2),
        ("message ~ 'nope'", 1),
        ("data.url ~ '/records' && data.auth = 'users'", 1),
        ("data.auth = ''", 2),
        ("created > '2020-01-01 00:00:00.000Z'", 3),
        ("created > '2100-01-01'", 0),
        ("data.nothing = null", 3),
        ("rowid > 0", None),
        ("foo = 1", None),
        ("level =", None),
    ],
)
def test_entries_are_filtered_like_records(world: World, text: str, found: int | None) -> None:
    world.ask("guest", "GET", TAGS)
    world.ask("alice", "GET", TAGS)
    world.ask("guest", "GET", "/api/nope")
    for path in (PATH, f"{PATH}/stats"):
        answer = world.ask("root", "GET", path, query={"filter": text})
        assert answer.status_code == (400 if found is None else 200), answer.text
        if found is not None and path == PATH:
            assert answer.json()["totalItems"] == found
        elif found is not None:
            assert sum(hour["total"] for hour in answer.json()) == found


def test_entries_come_in_pages_and_orders(world: World) -> None:
    for name in ("a", "b", "c"):
        world.ask("guest", "GET", f"{TAGS}?x={name}")
    urls = [entry["data"]["url"][-1] for entry in entries(world)]
    assert urls == ["a", "b", "c"]
    last = entries(world, sort="-@rowid", perPage=1)
    assert last[0]["data"]["url"][-1] == "c"
    rest = entries(world, sort="-data.url", page=2, perPage=2)
    assert [entry["data"]["url"][-1] for entry in rest] == ["a"]
    picked = world.ask("root", "GET", PATH, query={"perPage": 2, "fields": "level"}).json()
    assert (picked["items"], picked["totalItems"]) == ([{"level": 0}, {"level": 0}], 3)
    skipped = world.ask("root", "GET", PATH, query={"skipTotal": 1}).json()
    assert (skipped["totalItems"], skipped["totalPages"]) == (-1, -1)
    assert world.ask("root", "GET", PATH, query={"sort": "nothing"}).status_code == 400


def test_one_entry_is_shown_by_its_id(world: World) -> None:
    world.ask("guest", "GET", TAGS)
    [entry] = entries(world)
    assert world.ask("root", "GET", f"{PATH}/{entry['id']}").json() == entry
    assert world.ask("root", "GET", f"{PATH}/{entry['id']}?fields=level").json() == {"level": 0}
    [hour] = world.ask("root", "GET", f"{PATH}/stats").json()
    assert hour == {"date": f"{entry['created'][:13]}:00:00.000Z", "total": 1}


def test_the_settings_say_what_is_written(world: World) -> None:
    change(world, logIP=False, logAuthId=True, maxDataSize=60)
    world.ask("alice", "GET", TAGS)
    last = entries(world)[-1]["data"]
    assert last["authId"] == world.ids["alice"] and last["__pb_truncated__"] is True
    assert "userIP" not in last and "url" not in last


def test_levels_that_are_not_wanted_are_deleted_soon(world: World) -> None:
    world.ask("guest", "GET", TAGS)
    world.ask("guest", "GET", "/api/nope")
    assert len(entries(world)) == 2
    change(world, minLevel=8)
    world.ask("guest", "GET", TAGS)
    deadline = time.monotonic() + 20
    while len(entries(world)) > 1 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [entry["data"]["status"] for entry in entries(world)] == [404]


def test_no_days_are_no_log(world: World) -> None:
    change(world, maxDays=0)
    world.ask("guest", "GET", "/api/nope")
    assert entries(world, filter="data.status = 404") == []


@rows(
    Row(says="an unknown entry", who="root", path=PATH + "/nope", status=404),
    Row(
        says="one entry stays",
        who="root",
        method="DELETE",
        path=PATH + "/x",
        status=404,
    ),
    Row(says="a bad page", who="root", path=PATH, query={"page": "x"}, status=400),
)
def test_logs_refuse(world: World, row: Row) -> None:
    check(world, row)
