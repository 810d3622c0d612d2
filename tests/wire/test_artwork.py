"""What cards show of their pictures arrives by itself, and follows the picture."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import pyvips

from tests.wire.filing import png
from tests.wire.test_thumbs import BLUE, GREEN, RED, WHITE, quarters, saved
from tests.wire.world import World

CARDS = "/api/collections/unified_cards/records"
SEEN_SECONDS = 60.0
DERIVED = ("palette", "blurhash", "image_width", "image_height", "foil_mask", "normal_map")


def sent(world: World, method: str, path: str, content: bytes, **values: Any) -> dict[str, Any]:
    """A card with a picture, as its owner sends it."""
    headers = {"authorization": world.tokens["alice"]}
    files = {"holographic_image": ("card.png", content)}
    data = {"title": "Shining", "community_creator": world.ids["alice"], **values}
    answer = httpx.request(method, world.url + path, files=files, data=data, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def when(world: World, card: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The card as soon as something holds of it."""
    deadline = time.monotonic() + SEEN_SECONDS
    while time.monotonic() < deadline:
        shown = world.show("unified_cards", card)
        if holds(shown):
            return shown
        time.sleep(0.1)
    raise AssertionError(shown)


def distance(colour: tuple[int, int, int], found: str) -> int:
    """The largest difference in one channel."""
    return max(abs(a - b) for a, b in zip(colour, bytes.fromhex(found[1:]), strict=True))


def fetched(world: World, card: str, name: str) -> httpx.Response:
    return httpx.get(f"{world.url}/api/files/unified_cards/{card}/{name}")


def test_a_picture_is_followed_by_its_artwork(world: World) -> None:
    made = sent(world, "POST", CARDS, saved(quarters(120, 80), ".png"), palette='["#000000"]')
    assert (made["palette"], made["blurhash"]) == (None, ""), "usable before it arrives"
    shown = when(world, made["id"], lambda card: bool(card["blurhash"]))
    assert (shown["image_width"], shown["image_height"]) == (120, 80)
    for colour in (RED, GREEN, BLUE, WHITE):
        assert any(distance(colour, found) < 10 for found in shown["palette"]), colour
    assert len(shown["palette"]) == 4
    assert len(shown["blurhash"]) == 28
    assert shown["updated"] == made["updated"]
    for name in (shown["foil_mask"], shown["normal_map"]):
        answer = fetched(world, made["id"], name)
        assert answer.headers["content-type"] == "image/png"
        image = pyvips.Image.new_from_buffer(answer.content, "")
        assert (image.width, image.height) == (120, 80)

    path = f"{CARDS}/{made['id']}"
    sent(world, "PATCH", path, saved(quarters(40, 60), ".png"), foil_mask="")
    other = when(world, made["id"], lambda card: card["image_width"] == 40)
    assert other["normal_map"] != shown["normal_map"]
    assert fetched(world, made["id"], shown["normal_map"]).status_code == 404

    world.change("unified_cards", made["id"], holographic_image="")
    empty = when(world, made["id"], lambda card: not card["blurhash"])
    assert [empty[name] for name in DERIVED] == [None, "", 0, 0, "", ""]


def test_a_picture_that_is_none_leaves_the_card_without_artwork(world: World) -> None:
    broken = b"\x89PNG\r\n\x1a\n" + b"broken" * 50
    made = sent(world, "POST", CARDS, broken)
    shown = when(world, made["id"], lambda card: card["artwork_of"] == card["holographic_image"])
    assert [shown[name] for name in DERIVED] == [None, "", 0, 0, "", ""]
    sent(world, "PATCH", f"{CARDS}/{made['id']}", png(8, 8))
    assert when(world, made["id"], lambda card: card["image_width"] == 8)["palette"] == ["#2080e0"]


@pytest.mark.parametrize("name", ["foil_mask", "normal_map"])
def test_nobody_sends_a_map(world: World, name: str) -> None:
    headers = {"authorization": world.tokens["root"]}
    data = {"title": "Mine", "community_creator": world.ids["alice"]}
    files = {name: ("mine.png", png())}
    made = httpx.post(world.url + CARDS, files=files, data=data, headers=headers)
    assert made.status_code == 200
    assert made.json()[name] == ""
