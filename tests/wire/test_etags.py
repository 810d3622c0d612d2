"""ETags and If-Match: an edit builds on what its editor has seen, or is refused."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.wire.rows import Row, check, rows
from tests.wire.test_batch import item, switch
from tests.wire.world import RECORDS, World

CARDS = RECORDS.format("unified_cards")
CARD = ("unified_cards", {"title": "Card", "community_creator": "{alice}"})
IT = CARDS + "/{it}"
UPDATED = ("unified_cards.updated",)
WRITERS = 8


def patch(says: str, if_match: str, **row: Any) -> Row:
    """Alice's change of a fresh card of hers."""
    headers = {"if-match": if_match}
    more = {"path": IT, "body": {"title": "New"}, "headers": headers, "given": CARD, **row}
    return Row(says=says, who="alice", method="PATCH", **more)


def delete(says: str, if_match: str, **row: Any) -> Row:
    """Alice deletes a fresh card of hers."""
    headers = {"if-match": if_match}
    return Row(says=says, who="alice", method="DELETE", path=IT, headers=headers, given=CARD, **row)


@rows(
    patch("the version it is at", '"1"', events=UPDATED),
    patch("one of several", '"7" , "1"', events=UPDATED),
    patch("a list with holes", ', "7",, "1",', events=UPDATED),
    patch("a weak one, as compressing proxies make it", 'W/"1"', events=UPDATED),
    patch("whatever it is at", "*", events=UPDATED),
    patch("another version", '"2"', status=412),
    patch("an ETag of something else", '"abc"', status=412),
    patch("a number that is spelled otherwise", '"01"', status=412),
    patch("a number of any length", f'"{"9" * 400}"', status=412),
    patch(
        "the outdated before what is wrong with it", '"2"', status=412, body={"title": "x" * 999}
    ),
    patch("no ETag", "1", status=400),
    patch("half an ETag", '"1', status=400),
    patch("nothing", "", status=400),
    patch("a star among others", '"1", *', status=400),
    patch("what is malformed before who may", '"1" "2"', status=400, path=CARDS + "/nope"),
    patch("a record that is not there", '"1"', status=404, path=CARDS + "/nope"),
    patch("any record that is not there", "*", status=404, path=CARDS + "/nope"),
    delete("gone at its version", '"1"', status=204, events=("unified_cards.deleted", ...)),
    delete("kept at another", '"2"', status=412),
    delete("kept for what is malformed", "one", status=400),
    Row(
        says="a stranger learns nothing by asking",
        who="bob",
        method="PATCH",
        path=IT,
        body={"title": "New"},
        headers={"if-match": '"2"'},
        given=CARD,
        status=404,
    ),
)
def test_a_write_with_if_match(world: World, row: Row) -> None:
    check(world, row)


def _card(world: World) -> tuple[str, str]:
    """A fresh card of alice's: its address and its ETag."""
    body = {"title": "Card", "community_creator": world.ids["alice"], "community_is_public": True}
    made = world.ask("alice", "POST", CARDS, body=body)
    return f"{CARDS}/{made.json()['id']}", made.headers["etag"]


def _edit(world: World, path: str, tag: str, title: str = "New") -> httpx.Response:
    return world.ask("alice", "PATCH", path, body={"title": title}, headers={"if-match": tag})


def test_every_answer_with_a_record_says_at_which_version_it_is(world: World) -> None:
    path, made = _card(world)
    assert made == '"1"'
    assert _edit(world, path, made).headers["etag"] == '"2"'
    for query in ({}, {"expand": "community_creator"}, {"fields": "id"}):
        for who in ("guest", "alice", "root"):
            assert world.ask(who, "GET", path, query=query).headers["etag"] == '"2"'
    head = world.ask("guest", "HEAD", path)
    assert (head.headers["etag"], head.content) == ('"2"', b"")
    assert "etag" not in world.ask("guest", "GET", CARDS, query={"perPage": 1}).headers


def test_an_account_has_its_etag_whoever_looks(world: World) -> None:
    path = f"{RECORDS.format('users')}/{world.ids['bob']}"
    assert (
        world.ask("bob", "GET", path).headers["etag"]
        == (world.ask("root", "GET", path).headers["etag"])
    )


def test_the_answer_is_never_that_nothing_has_changed(world: World) -> None:
    path, tag = _card(world)
    answer = world.ask("guest", "GET", path, headers={"if-none-match": tag})
    assert answer.status_code == 200
    assert answer.json()["title"] == "Card"


def test_counters_that_move_do_not_disturb_an_editor(world: World) -> None:
    path, tag = _card(world)
    like = {"user": world.ids["bob"], "card": path.rpartition("/")[2]}
    assert world.ask("bob", "POST", RECORDS.format("likes"), body=like).status_code == 200
    shown = world.ask("guest", "GET", path)
    assert (shown.json()["community_likes"], shown.headers["etag"]) == (1, tag)
    edited = _edit(world, path, tag)
    assert (edited.status_code, edited.headers["etag"]) == (200, '"3"')
    assert _edit(world, path, tag).status_code == 412
    assert _edit(world, path, '"3"').status_code == 200


def test_of_many_editors_who_saw_the_same_one_wins(world: World) -> None:
    path, tag = _card(world)
    with world.events() as written, ThreadPoolExecutor(WRITERS) as pool:
        titles = [f"By {number}" for number in range(WRITERS)]
        answers = list(pool.map(lambda title: _edit(world, path, tag, title), titles))
    (winner,) = (answer for answer in answers if answer.status_code == 200)
    assert [a.status_code for a in answers if a is not winner] == [412] * (WRITERS - 1)
    assert world.ask("guest", "GET", path).json()["title"] == winner.json()["title"]
    assert written == ["unified_cards.updated"]


def test_editors_who_ask_for_nothing_all_get_through(world: World) -> None:
    path, _ = _card(world)

    def edit(number: int) -> int:
        body = {"title": f"By {number}"}
        return world.ask("alice", "PATCH", path, body=body).status_code

    with ThreadPoolExecutor(WRITERS) as pool:
        assert set(pool.map(edit, range(WRITERS))) == {200}


def test_an_id_that_is_used_again_goes_on_counting(world: World) -> None:
    path, tag = _card(world)
    card = path.rpartition("/")[2]
    assert world.ask("alice", "DELETE", path, headers={"if-match": tag}).status_code == 204
    body = {"id": card, "title": "Again", "community_creator": world.ids["alice"]}
    made = world.ask("alice", "POST", CARDS, body=body)
    assert made.headers["etag"] not in ('"1"', '"2"')
    assert world.ask("alice", "GET", path).headers["etag"] == made.headers["etag"]
    assert _edit(world, path, tag).status_code == 412


def test_if_match_may_stand_on_several_lines(world: World) -> None:
    path, tag = _card(world)
    lines = [("if-match", '"7"'), ("if-match", tag), ("authorization", world.tokens["alice"])]
    answer = httpx.patch(world.url + path, headers=lines, json={"title": "New"})
    assert answer.status_code == 200


def test_browsers_of_other_origins_may_read_the_etag(world: World) -> None:
    path, _ = _card(world)
    answer = world.ask("guest", "GET", path, headers={"origin": "http://example.com"})
    assert "ETag" in answer.headers["access-control-expose-headers"].split(", ")
    assert "access-control-expose-headers" not in world.ask("guest", "GET", path).headers


@pytest.mark.parametrize(("language", "word"), [("en", "Read it again"), ("ko", "다시 읽어")])
def test_the_refusal_says_what_to_do(world: World, language: str, word: str) -> None:
    path, _ = _card(world)
    headers = {"if-match": '"9"', "accept-language": language}
    answer = world.ask("alice", "PATCH", path, body={}, headers=headers)
    assert answer.status_code == answer.json()["status"] == 412
    assert (word in answer.json()["message"], answer.json()["data"]) == (True, {})


def test_items_of_a_batch_may_ask_for_it_too(world: World) -> None:
    path, tag = _card(world)

    def run(*requests: Any) -> httpx.Response:
        return world.ask("alice", "POST", "/api/batch", body={"requests": list(requests)})

    def edit(tag: str, method: str = "PATCH") -> Any:
        return item(method, path, {"title": "New"}, headers={"If-Match": tag})

    switch(world)
    try:
        with world.events() as written:
            refused = run(edit(tag), edit(tag)).json()["data"]["requests"]
            assert refused["1"]["response"]["status"] == 412
            assert run(edit("x")).json()["data"]["requests"]["0"]["response"]["status"] == 400
            put = item("PUT", CARDS, {"title": "New"}, headers={"If-Match": "*"})
            assert run(put).json()["data"]["requests"]["0"]["response"]["status"] == 400
        assert written == []
        done = run(edit(tag), edit('"2"'), edit("*"), edit('"4"', "DELETE"))
        assert [each["status"] for each in done.json()] == [200, 200, 200, 204]
    finally:
        switch(world, enabled=False)
