"""Batches: several writes in one request, in order, all of them or none."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from holobase.kit import ids
from tests.wire.rows import Json, Row, at, check, rows
from tests.wire.world import World

PATH = "/api/batch"
CARDS = "/api/collections/unified_cards/records"
CARDS_ID = ids.collection_id("base", "unified_cards")
LIKES = "/api/collections/likes/records"
USERS = "/api/collections/users/records"
TEAMS = "/api/collections/kbo_teams/records"
TAGS = "/api/collections/tags/records"
REQUIRED, IN_INVALID = "validation_required", "validation_in_invalid"
TOO_LONG = "validation_length_too_long"
FAILED = {"requests.0": "batch_request_failed"}


MINE = {"title": "C", "community_creator": "{alice}"}


def switch(world: World, **batch: Json) -> None:
    """Changes the settings of batches."""
    body = {"batch": {"enabled": True, "maxRequests": 50, "timeout": 3, "maxBodySize": 0, **batch}}
    assert world.ask("root", "PATCH", "/api/settings", body=body).status_code == 200


@pytest.fixture(autouse=True)
def switched_on(world: World) -> Iterator[None]:
    """Batches are allowed during these tests alone."""
    switch(world)
    yield
    switch(world, enabled=False)


def item(method: str, url: str, body: Json = None, **members: Json) -> Json:
    return {"method": method, "url": url, **({} if body is None else {"body": body}), **members}


def card(**values: Json) -> Json:
    body = {"title": "Card", "community_creator": "{alice}", **values}
    return item("POST", CARDS, body)


def batch(says: str, *requests: Json, who: str = "alice", status: int = 200, **row: Json) -> Row:
    """A batch; one that is refused writes nothing."""
    body = {"requests": list(requests)}
    return Row(says=says, who=who, method="POST", path=PATH, body=body, status=status, **row)


def refused(says: str, *requests: Json, inner: int = 400, **row: Json) -> Row:
    """A batch whose first request is refused with the status `inner`."""
    equals = {"data.requests.0.response.status": inner, **row.pop("equals", {})}
    row.setdefault("codes", FAILED)
    return batch(says, *requests, status=400, equals=equals, **row)


@rows(
    batch(
        "every write is answered in its place",
        card(title="One"),
        item("PATCH", CARDS + "/{card}", {"title": "Two"}),
        card(title="Three"),
        equals={
            "0.status": 200,
            "0.body.title": "One",
            "0.body.collectionName": "unified_cards",
            "1.body.id": "{card}",
            "1.body.title": "Two",
            "2.body.title": "Three",
        },
        events=None,
    ),
    batch("one is enough", card(), equals={"0.status": 200}, events=None),
    batch(
        "a deleted record leaves null",
        item("PUT", CARDS, {"id": "gonegonegonegon", "title": "G", "community_creator": "{alice}"}),
        item("DELETE", CARDS + "/gonegonegonegon"),
        equals={"1": {"body": None, "status": 204}},
        events=None,
    ),
    batch(
        "expand and fields are asked for by each",
        item(
            "POST",
            CARDS + "?expand=community_creator&fields=title,expand.community_creator.username",
            {"title": "E", "community_creator": "{alice}"},
        ),
        card(title="F"),
        equals={
            "0.body": {"expand": {"community_creator": {"username": "alice"}}, "title": "E"},
            "1.body.title": "F",
        },
        events=None,
    ),
    batch(
        "the batch's own fields pick from the whole answer",
        card(),
        query={"fields": "status"},
        equals={"0": {"status": 200}},
        events=None,
    ),
    batch(
        "what a query names is set like a form's, the body wins",
        item(
            "POST",
            CARDS + "?title=Query&description=true&fields=title,description",
            {"title": "Body", "community_creator": "{alice}"},
        ),
        equals={"0.body": {"title": "Body", "description": "true"}},
        events=None,
    ),
    batch(
        "a collection is found whatever its case, and by its id",
        item("POST", "/api/collections/UNIFIED_CARDS/records", MINE),
        item("POST", f"/api/collections/{CARDS_ID}/records", MINE),
        equals={"0.body.title": "C", "1.body.title": "C"},
        events=None,
    ),
)
def test_a_batch_is_answered_item_by_item(world: World, row: Row) -> None:
    check(world, row)


@rows(
    refused("a rule that fails is its item's refusal", card(community_creator="{bob}")),
    refused("a superuser's write is not anybody's", item("POST", TEAMS, {"name": "x"}), inner=403),
    refused("a missing record is its item's 404", item("PATCH", CARDS + "/nope", {}), inner=404),
    refused("so is one of a stranger", item("DELETE", CARDS + "/{card}"), who="bob", inner=404),
    refused("so is a missing collection", item("POST", "/api/collections/nope/records"), inner=404),
    refused("reading is nothing for a batch", item("GET", CARDS)),
    refused("nor is a write without the record's id", item("PATCH", CARDS, {})),
    refused("nor a create with one", item("POST", CARDS + "/{card}", {})),
    refused("nor anything else", item("POST", "/api/collections/users/auth-refresh")),
    refused("an address is exact", item("POST", CARDS + "/", {})),
    refused("and relative", item("POST", "http://localhost" + CARDS, {})),
    refused("from the root", item("POST", CARDS[1:], {})),
    refused(
        "percent signs are not decoded in it", item("PATCH", CARDS + "/%7Bcard%7D", {}), inner=404
    ),
    refused("a bad escape in a query", item("POST", CARDS + "?a=%zz", {})),
    refused("a bad picker", item("POST", CARDS + "?fields=title:bad", {})),
    refused("U+0000 in a query", item("POST", CARDS + "?title=%00", {})),
    refused(
        "errors of fields are inside the response",
        item("POST", CARDS, {"community_creator": "{alice}"}),
        equals={"data.requests.0.response.data.title.code": "validation_required"},
    ),
    batch(
        "the first failure is told alone, and takes everything back",
        card(title="A"),
        card(title=""),
        card(title=""),
        status=400,
        codes={"requests.1": "batch_request_failed"},
    ),
    batch(
        "what is refused before it runs is told only in its turn",
        card(title=""),
        item("GET", CARDS),
        status=400,
        codes=FAILED,
    ),
    batch(
        "a taken value of an earlier item",
        item("POST", LIKES, {"user": "{alice}", "card": "{card}"}),
        item("POST", LIKES, {"user": "{alice}", "card": "{card}"}),
        status=400,
        codes={"requests.1": "batch_request_failed"},
        equals={"data.requests.1.response.data.card.code": "validation_not_unique"},
    ),
)
def test_one_refusal_takes_all_back(world: World, row: Row) -> None:
    check(world, row)


@rows(
    batch("no request", status=400, codes={"requests": REQUIRED}),
    Row(says="nothing", method="POST", path=PATH, status=400, codes={"requests": REQUIRED}),
    batch("too many", *[card()] * 51, status=400, codes={"requests": TOO_LONG}),
    batch(
        "without method and address",
        {},
        status=400,
        codes={"requests.0.method": REQUIRED, "requests.0.url": REQUIRED},
    ),
    batch(
        "a method in small letters",
        item("post", CARDS),
        status=400,
        codes={"requests.0.method": IN_INVALID},
    ),
    batch(
        "an unknown method",
        card(),
        item("HEAD", CARDS),
        status=400,
        codes={"requests.1.method": IN_INVALID},
    ),
    batch(
        "an endless address",
        item("POST", "x" * 2001),
        status=400,
        codes={"requests.0.url": TOO_LONG},
    ),
    batch("a header that is no text", card() | {"headers": {"x": 1}}, status=400),
    batch("a body that is no object", card() | {"body": []}, status=400),
    batch("a request that is no object", None, status=400),
    Row(says="no object at all", method="POST", path=PATH, body=[], status=400),
    Row(
        says="requests that are no list",
        method="POST",
        path=PATH,
        body={"requests": {}},
        status=400,
    ),
    Row(says="there is nothing to get", path=PATH, status=404),
    batch("a bad picker of its own", card(), query={"fields": "body:bad"}, status=400),
)
def test_what_is_no_batch_writes_nothing(world: World, row: Row) -> None:
    check(world, row)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b'{"requests":[{"method":"POST","method":"POST"}]}', "application/json"),
        (b"{}", "text/plain"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(world: World, content: bytes, kind: str) -> None:
    answer = world.ask("alice", "POST", PATH, content=content, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["data"]) == (400, {})


def send(world: World, who: str, *requests: Json, **how: Any) -> Json:
    answer = world.ask(who, "POST", PATH, body={"requests": list(requests)}, **how)
    return answer.json()


def test_batches_are_off_until_they_are_switched_on(world: World) -> None:
    for off in ({"enabled": False}, {"enabled": False, "maxRequests": 0}):
        switch(world, **off)
        answer = world.ask("root", "POST", PATH, content=b"{")
        assert (answer.status_code, answer.json()["data"]) == (403, {})


def test_bounds_are_those_of_the_settings(world: World) -> None:
    switch(world, maxRequests=2)
    data = send(world, "alice", *[item("GET", CARDS)] * 3)["data"]
    assert data["requests"]["params"] == {"max": 2, "min": 0}
    switch(world, maxBodySize=100)
    answer = world.ask("alice", "POST", PATH, body={"requests": [item("POST", "x" * 100)]})
    assert answer.status_code == 413


def test_a_failure_reads_like_the_reference(world: World) -> None:
    body = {"requests": [item("PATCH", CARDS + "/nope", {})]}
    answer = world.ask("guest", "POST", PATH, body=body)
    assert answer.text == (
        '{"data":{"requests":{"0":{"code":"batch_request_failed","message":"This request failed.",'
        '"response":{"data":{},"message":"There is nothing here.","status":404}}}},'
        '"message":"The batch failed, and nothing of it was done.","status":400}'
    )
    korean = world.ask("guest", "POST", PATH, body=body, headers={"accept-language": "ko"})
    inner = korean.json()["data"]["requests"]["0"]["response"]["message"]
    assert inner == "요청한 것을 찾을 수 없습니다."


def test_items_see_the_effects_of_earlier_ones_and_counters_follow(world: World) -> None:
    alice, identifier = world.ids["alice"], world.fresh("batchcard0000")[:15].ljust(15, "0")
    with world.events() as written:
        answers = send(
            world,
            "alice",
            item("POST", CARDS, {"id": identifier, "title": "New", "community_creator": alice}),
            item("POST", LIKES, {"user": alice, "card": identifier}),
            item("PATCH", f"{CARDS}/{identifier}", {"title": "Newer"}),
        )
    assert [answer["status"] for answer in answers] == [200, 200, 200]
    shown = world.show("unified_cards", identifier)
    assert (shown["title"], shown["community_likes"]) == ("Newer", 1)
    named = [t for t in written if t.split(".")[0] in ("unified_cards", "likes")]
    assert named[:3] == ["unified_cards.created", "likes.created", "unified_cards.updated"]
    assert named.count("unified_cards.derived") == 1


def test_an_upsert_changes_what_is_there_and_makes_what_is_not(world: World) -> None:
    world.make("tags", {"name": "upsert"})
    identifier = "upsert000000000"
    one, two, three = send(
        world,
        "root",
        item("PUT", TAGS, {"id": identifier, "name": "first", "color": "#112233"}),
        item("PUT", TAGS, {"id": identifier, "name": "second"}),
        item("PUT", TAGS, {"name": "third"}),
    )
    assert (one["body"]["name"], two["body"]["name"]) == ("first", "second")
    assert two["body"]["color"] == "#112233"
    assert three["body"]["id"] not in ("", identifier)
    assert world.show("tags", identifier)["name"] == "second"


def test_an_upsert_is_asked_by_the_rule_of_what_it_does(world: World) -> None:
    change = item("PUT", CARDS, {"id": world.ids["card"], "title": "Mine now"})
    make = item("PUT", CARDS, {"title": "New", "community_creator": world.ids["bob"]})
    inner = at(send(world, "bob", change), "data.requests.0.response")
    assert inner["status"] == 404
    assert send(world, "bob", make)[0]["status"] == 200


@pytest.mark.parametrize("key", ["requests.0.avatar", "requests[0].avatar", "requests.0.avatar+"])
def test_a_file_reaches_the_field_it_is_sent_for(world: World, key: str) -> None:
    requests = [item("PATCH", f"{USERS}/{world.ids['alice']}", {})]
    form = _form({"@jsonPayload": json.dumps({"requests": requests})}, {key: "me.png"})
    answer = world.ask("alice", "POST", PATH, content=form, headers=FORM)
    inner = at(answer.json(), "data.requests.0.response")
    assert inner["data"]["avatar"]["code"] == "validation_invalid_mime_type"


def test_a_form_carries_the_batch_in_its_payload(world: World) -> None:
    payload = {"requests": [item("POST", TAGS, {"name": world.fresh("form")})]}
    texts = {"@jsonPayload": json.dumps(payload), "requests.0.name": "ignored"}
    form = _form(texts, {"requests.7.avatar": "a.png", "requests.0.nope": "b.png"})
    answer = world.ask("root", "POST", PATH, content=form, headers=FORM)
    assert answer.json()[0]["body"]["name"] == payload["requests"][0]["body"]["name"]


FORM = {"content-type": "multipart/form-data; boundary=b"}


def _form(texts: dict[str, str], files: dict[str, str]) -> bytes:
    parts = [f'name="{name}"\r\n\r\n{text}' for name, text in texts.items()]
    parts += [f'name="{name}"; filename="{file}"\r\n\r\nx' for name, file in files.items()]
    lines = [f"--b\r\nContent-Disposition: form-data; {part}\r\n" for part in parts]
    return ("".join(lines) + "--b--\r\n").encode()


def test_all_items_run_as_who_sent_the_batch(world: World) -> None:
    change = item("PATCH", f"{CARDS}/{world.ids['card']}", {"title": "Mine"})
    stolen = change | {"headers": {"Authorization": world.tokens["alice"]}}
    assert at(send(world, "bob", stolen), "data.requests.0.response.status") == 404
    loosened = change | {"headers": {"authorization": ""}}
    assert send(world, "alice", loosened)[0]["status"] == 200


def test_an_account_can_be_made_and_changed_in_one_batch(world: World) -> None:
    username, identifier = world.fresh("batch"), world.fresh("batchuser00000")[:15].ljust(15, "0")
    new = world.account(username, id=identifier)
    change = {
        "oldPassword": new["password"],
        "password": "another password",
        "passwordConfirm": "another password",
    }
    answer = send(
        world, "root", item("POST", USERS, new), item("PATCH", f"{USERS}/{identifier}", change)
    )
    assert [each["status"] for each in answer] == [200, 200]
    body = {"identity": username, "password": "another password"}
    login = "/api/collections/users/auth-with-password"
    assert world.ask("guest", "POST", login, body=body).status_code == 200
    assert '"password' not in json.dumps(answer)
