"""Refusals: one shape, sentences in the caller's language, and never a cause."""

import pytest

from tests.wire.world import World

CARDS = "/api/collections/unified_cards/records"


def test_a_refusal_has_one_shape(world: World) -> None:
    answer = world.ask("guest", "GET", "/api/collections/nope/records")
    assert answer.content == b'{"data":{},"message":"There is nothing here.","status":404}'


def test_an_error_of_a_field_has_sorted_keys_and_its_numbers(world: World) -> None:
    body = {"title": "x" * 101, "community_creator": world.ids["alice"]}
    answer = world.ask("alice", "POST", CARDS, body=body)
    assert answer.text == (
        '{"data":{"title":{"code":"validation_max_text_constraint",'
        '"message":"Must have at most 100 characters.","params":{"max":100}}},'
        '"message":"The record was not created.","status":400}'
    )


def test_an_error_without_numbers_has_no_params(world: World) -> None:
    body = {"title": "", "community_creator": world.ids["alice"]}
    item = world.ask("alice", "POST", CARDS, body=body).json()["data"]["title"]
    assert list(item) == ["code", "message"]


@pytest.mark.parametrize("language", ["ko", "ko-KR,ko;q=0.9,en;q=0.8", "KO"])
def test_koreans_are_answered_in_korean(world: World, language: str) -> None:
    body = {"title": "", "community_creator": world.ids["alice"]}
    answer = world.ask("alice", "POST", CARDS, body=body, headers={"accept-language": language})
    assert answer.json()["message"] == "레코드를 만들지 못했습니다."
    assert answer.json()["data"]["title"]["message"] == "값이 필요합니다."


@pytest.mark.parametrize("language", ["", "en", "fr-FR", "kok"])
def test_everybody_else_in_english(world: World, language: str) -> None:
    headers = {"accept-language": language}
    answer = world.ask("guest", "GET", "/nope", headers=headers)
    assert answer.json()["message"] == "There is nothing here."


@pytest.mark.parametrize(
    ("who", "view", "change"), [("guest", 404, 404), ("bob", 404, 404), ("alice", 200, 200)]
)
def test_a_rule_that_fails_looks_like_a_missing_record(
    world: World, who: str, view: int, change: int
) -> None:
    path = f"{CARDS}/{world.ids['private']}"
    missing = world.ask(who, "GET", f"{CARDS}/nope")
    for method, status, body in (("GET", view, None), ("PATCH", change, {})):
        answer = world.ask(who, method, path, body=body)
        assert answer.status_code == status
        assert status == 200 or answer.content == missing.content
