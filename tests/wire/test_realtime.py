"""`/api/realtime`: connecting, and the checks of what is subscribed to, in their order."""

import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from holobase.kit import ids
from tests.listener import PATH, WAIT_SECONDS, listen
from tests.wire.world import World

LENGTH = "validation_length_too_long"
LONGEST = "x" * 2500
TOO_LONG = {"code": LENGTH, "params": {"min": 0, "max": 2500}}
UNKNOWN = "x" * 40


def test_the_first_message_tells_the_client_its_id(world: World) -> None:
    with listen(world.url) as listener:
        identifier = listener.first.id
        assert re.fullmatch("[A-Za-z0-9]{40}", identifier)
        assert listener.first.lines == (
            f"id:{identifier}".encode(),
            b"event:PB_CONNECT",
            b'data:{"clientId":"%b"}' % identifier.encode(),
        )
        headers = listener.response.headers
        assert headers["content-type"] == "text/event-stream"
        assert headers["cache-control"] == "no-store"
        assert headers["x-accel-buffering"] == "no"
        assert headers["cross-origin-opener-policy"] == "same-origin"


def test_a_stream_may_be_read_from_another_origin(world: World) -> None:
    with listen(world.url, headers={"origin": "https://cards.example"}) as listener:
        assert listener.response.headers["access-control-allow-origin"] == "*"


def test_head_is_answered_at_once(world: World) -> None:
    answer = httpx.head(world.url + PATH, timeout=WAIT_SECONDS)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/event-stream"


def post(world: World, body: Any) -> httpx.Response:
    return world.ask("guest", "POST", PATH, body=body)


REFUSED: list[tuple[str, Any, Mapping[str, Any]]] = [
    ("no id", {}, {"clientId": {"code": "validation_required"}}),
    ("an empty id", {"clientId": ""}, {"clientId": {"code": "validation_required"}}),
    ("an id that is no text", {"clientId": 5}, {}),
    ("topics that are no list", {"clientId": UNKNOWN, "subscriptions": "a"}, {}),
    ("a topic that is no text", {"clientId": UNKNOWN, "subscriptions": [5]}, {}),
    ("a body that is no object", [], {}),
    (
        "a long id and too many topics",
        {"clientId": "x" * 256, "subscriptions": ["a"] * 1001},
        {
            "clientId": {
                "code": "validation_length_out_of_range",
                "params": {"min": 1, "max": 255},
            },
            "subscriptions": {"code": LENGTH, "params": {"min": 0, "max": 1000}},
        },
    ),
    (
        "long topics",
        {"clientId": UNKNOWN, "subscriptions": ["a", LONGEST + "x", LONGEST, "é" * 1251]},
        {"subscriptions": {"1": TOO_LONG, "3": TOO_LONG}},
    ),
]


@pytest.mark.parametrize(("what", "body", "data"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_refused(world: World, what: str, body: Any, data: Mapping[str, Any]) -> None:
    answer = post(world, body)
    assert answer.status_code == 400, what
    told = answer.json()["data"]
    assert _without_messages(told) == data


def test_one_client_has_so_many_long_filters_and_more_plain_topics(world: World) -> None:
    filters = [f"{number:04}?options={'x' * 1_991}" for number in range(200)]
    plain = [f"{number:04}{'x' * 1_996}" for number in range(1_000)]
    with listen(world.url) as listener:
        for topics, status in ((filters[:160], 204), (filters, 400), (plain, 204)):
            body = {"clientId": listener.id, "subscriptions": topics}
            assert post(world, body).status_code == status


def _without_messages(told: Any) -> Any:
    if not isinstance(told, dict):
        return told
    return {key: _without_messages(value) for key, value in told.items() if key != "message"}


@pytest.mark.parametrize("identifier", [UNKNOWN, "x", "é" * 40, "0" * 40, "a" * 40])
def test_an_unknown_client_is_not_found(world: World, identifier: str) -> None:
    answer = post(world, {"clientId": identifier, "subscriptions": ["a"]})
    assert (answer.status_code, answer.json()["data"]) == (404, {})


def test_no_guess_finds_a_client(world: World) -> None:
    with listen(world.url) as listener:
        good = listener.id
        near = [good[:at] + chr(ord(letter) ^ 1) + good[at + 1 :] for at, letter in enumerate(good)]
        swapped = [good.swapcase(), good[::-1], good[1:] + good[:1], good[:-1], good + "a"]
        guesses = [good[:2] + ids.random_text(38) for _ in range(100)]
        for guess in (*near, *swapped, f" {good}", f"{good}\n", good[:39] + "é", *guesses):
            answer = post(world, {"clientId": guess, "subscriptions": ["unified_cards/*"]})
            assert (answer.status_code, answer.json()["data"]) == (404, {}), guess
        assert post(world, {"clientId": good, "subscriptions": []}).status_code == 204


def test_topics_are_any_texts(world: World) -> None:
    with listen(world.url) as listener:
        for topics in (["no_such/*", "PB_CONNECT", "", LONGEST, "a\nb"], ["a"] * 1000, []):
            assert listener.subscribe(*topics).status_code == 204
        for body in ({"clientId": listener.id}, {"clientId": listener.id, "subscriptions": None}):
            assert post(world, body).status_code == 204
        assert (
            post(world, {"clientId": listener.id, "subscriptions": [None, "a"]}).status_code == 204
        )


def test_forms_are_read_too(world: World) -> None:
    with listen(world.url) as listener:
        for topics in ("a", ["a", "b"]):
            data = {"clientId": listener.id, "subscriptions": topics}
            answer = httpx.post(world.url + PATH, data=data, timeout=WAIT_SECONDS)
            assert answer.status_code == 204, answer.text


def test_a_client_that_hung_up_is_unknown(world: World) -> None:
    with listen(world.url) as listener:
        assert listener.subscribe("a").status_code == 204
    for _ in range(1000):
        if listener.subscribe("a").status_code == 404:
            return
    pytest.fail("the id is still good")


def test_a_client_stays_with_its_account(world: World) -> None:
    alice, bob = world.tokens["alice"], world.tokens["bob"]
    with listen(world.url) as listener:
        assert listener.subscribe("a").status_code == 204
        assert listener.subscribe("a", token=alice).status_code == 204
        assert listener.subscribe("b", token=alice).status_code == 204
        for token in ("", "no token", bob, world.tokens["root"]):
            answer = listener.subscribe("a", token=token)
            assert (answer.status_code, answer.json()["data"]) == (403, {})


def test_another_address_may_not_subscribe_for_a_client(world: World) -> None:
    with listen(world.url) as listener:
        transport = httpx.HTTPTransport(local_address="127.0.0.2")
        with httpx.Client(transport=transport, base_url=world.url, timeout=WAIT_SECONDS) as other:
            body = {"clientId": listener.id, "subscriptions": ["a"]}
            answer = other.post(PATH, json=body)
        assert (answer.status_code, answer.json()["data"]) == (400, {})
