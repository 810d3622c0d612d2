"""Thumbs: in the sizes that a field allows, upright, small, made once; and what pictures tell."""

import asyncio
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import pyvips

from tests.pictures import MADE, SECRETS
from tests.server import run, serve
from tests.wire.filing import Filing, chunk, filing, filing_of, png
from tests.wire.world import PASSWORD, ROOT, World

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
BROWSER = {"accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"}


def quarters(width: int, height: int, **about: Any) -> Any:
    """Red, green over blue, white."""

    def block(colour: tuple[int, int, int]) -> Any:
        return (pyvips.Image.black(width // 2, height // 2, bands=3) + list(colour)).cast("uchar")

    above, below = (
        block(RED).join(block(GREEN), "horizontal"),
        block(BLUE).join(block(WHITE), "horizontal"),
    )
    image = above.join(below, "vertical").copy(interpretation="srgb")
    for name, value in about.items():
        image.set_type(pyvips.GValue.gint_type, name, value)
    return image


def saved(image: Any, suffix: str, **options: Any) -> bytes:
    return bytes(image.write_to_buffer(suffix, **options))


def near(image: Any, x: int, y: int, colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 60 for a, b in zip(image(x, y)[:3], colour, strict=True))


@pytest.fixture(scope="module")
def files(world: World) -> Iterator[Filing]:
    """A collection of this module's own."""
    with filing_of(world) as made:
        yield made


@pytest.fixture(scope="module")
def wide(files: Filing) -> dict[str, Any]:
    """A picture of 80 by 40."""
    return files.made(("one", ("wide.png", saved(quarters(80, 40), ".png"))))


@pytest.mark.parametrize(
    ("size", "width", "height"),
    [("10x10", 10, 10), ("8x0", 8, 4), ("0x8", 16, 8), ("6x4t", 6, 4), ("6x4b", 6, 4),
     ("6x4f", 6, 3), ("100x100", 100, 100)],
)  # fmt: skip
def test_a_thumb_has_its_size(
    files: Filing, wide: dict[str, Any], size: str, width: int, height: int
) -> None:
    answer = files.get(wide, f"{wide['one']}?thumb={size}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == f'inline; filename="{size}_{wide["one"]}"'
    assert answer.headers["vary"] == "Origin, Accept"
    image = pyvips.Image.new_from_buffer(answer.content, "")
    assert (image.width, image.height) == (width, height)
    assert f"thumbs_{wide['one']}/{size}_{wide['one']}" in files.stored(wide)
    again = files.get(wide, f"{wide['one']}?thumb={size}", headers={"range": "bytes=0-3"})
    assert (again.status_code, again.content) == (206, answer.content[:4])


@pytest.mark.parametrize("size", ["99x99", "10x10f", "10x10 ", "0x0", "x", "-1x5", "10X10"])
def test_a_size_that_is_not_allowed_gives_the_original(
    files: Filing, wide: dict[str, Any], size: str
) -> None:
    answer = files.get(wide, wide["one"], params={"thumb": size})
    assert answer.content == files.get(wide, wide["one"]).content
    assert answer.headers["vary"] == "Origin"


def test_a_crop_keeps_the_part_that_is_asked_for(files: Filing) -> None:
    tall = files.made(("one", ("tall.png", saved(quarters(40, 160), ".png"))))

    def thumb(size: str) -> Any:
        return pyvips.Image.new_from_buffer(
            files.get(tall, f"{tall['one']}?thumb={size}").content, ""
        )

    top, bottom, centre = thumb("6x4t"), thumb("6x4b"), thumb("10x10")
    assert near(top, 1, 1, RED) and near(top, 4, 1, GREEN) and near(top, 1, 3, RED)
    assert near(bottom, 1, 1, BLUE) and near(bottom, 4, 3, WHITE)
    assert near(centre, 1, 1, RED) and near(centre, 8, 8, WHITE)


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [(".jpg", "image/jpeg"), (".gif", "image/gif"), (".png", "image/png"), (".webp", "image/png")],
)
def test_a_thumb_is_of_the_type_of_the_reference(files: Filing, suffix: str, kind: str) -> None:
    made = files.made(("many", (f"a{suffix}", saved(quarters(40, 40), suffix))))
    [name] = made["many"]
    answer = files.get(made, f"{name}?thumb=100x100", headers={"accept": "*/*"})
    assert answer.headers["content-type"] == kind
    assert pyvips.Image.new_from_buffer(answer.content, "").width == 100
    assert files.get(made, f"{name}?thumb=100x100").headers["content-type"] == kind


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (BROWSER["accept"], "image/avif"),
        ("image/webp,*/*", "image/webp"),
        ("image/avif;q=0.5,image/webp", "image/webp"),
        ("image/avif;q=0,image/webp;q=x", "image/png"),
        ("image/*", "image/png"),
    ],
)
def test_who_asks_for_a_smaller_format_gets_it(
    files: Filing, wide: dict[str, Any], accept: str, kind: str
) -> None:
    answer = files.get(wide, f"{wide['one']}?thumb=10x10", headers={"accept": accept})
    assert answer.headers["content-type"] == kind
    assert answer.headers["vary"] == "Origin, Accept"
    assert pyvips.Image.new_from_buffer(answer.content, "").width == 10
    original = files.get(wide, wide["one"], headers={"accept": accept})
    assert original.headers["content-type"] == "image/png"


def test_a_thumb_is_upright_and_tells_nothing(files: Filing) -> None:
    turned = quarters(80, 40, orientation=6)
    turned.set_type(
        pyvips.GValue.gstr_type, "exif-ifd2-UserComment", "37.5665 (37.5665, ASCII, 8 components)"
    )
    sent = saved(turned, ".jpg", Q=95)
    assert b"37.5665" in sent
    made = files.made(("one", ("a.jpg", sent)))
    thumb = files.get(made, f"{made['one']}?thumb=10x10").content
    image = pyvips.Image.new_from_buffer(thumb, "")
    assert near(image, 8, 1, RED), "turned to the right"
    assert image.get_typeof("orientation") == 0
    original = files.get(made, made["one"]).content
    assert b"37.5665" not in original
    assert pyvips.Image.new_from_buffer(original, "").get("orientation") == 6


HOSTILE = {
    "cut off": saved(quarters(400, 400), ".jpg")[:1200],
    "junk behind a signature": b"\x89PNG\r\n\x1a\n" + b"x" * 500,
    "a drawing that calls itself a picture": b"GIF89a<svg xmlns='http://www.w3.org/2000/svg'/>",
    "a bomb": b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0))
    + chunk(b"IDAT", b"x\x9c")
    + chunk(b"IEND", b""),
    "no pixels": b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + chunk(b"IEND", b""),
}


@pytest.mark.parametrize("says", HOSTILE)
def test_of_a_picture_that_is_none_the_original_is_given(files: Filing, says: str) -> None:
    made = files.made(("many", ("a.png", HOSTILE[says])))
    [name] = made["many"]
    for _ in range(2):
        answer = files.get(made, f"{name}?thumb=100x100")
        assert answer.status_code == 200
        assert answer.content == files.get(made, name).content
    assert files.stored(made) == [name]


@pytest.mark.parametrize("kind", sorted(MADE))
def test_a_picture_of_any_kind_tells_nothing_and_may_be_broken(files: Filing, kind: str) -> None:
    whole = MADE[kind]
    assert any(secret in whole for secret in SECRETS)
    middle = len(whole) // 2
    broken = [whole[:middle], whole[:middle] + b"\xff" * 40 + whole[middle + 40 :], whole[:40]]
    sent = [("many", ("a", content)) for content in (whole, broken[0], broken[1])]
    made = files.made(*sent)
    for name in made["many"]:
        shown = files.get(made, name)
        assert shown.status_code == 200
        assert files.get(made, f"{name}?thumb=100x100").status_code == 200
    whole_one = files.get(made, made["many"][0])
    assert not any(secret in whole_one.content for secret in SECRETS)
    assert whole_one.headers["content-type"] == kind
    assert files.create(("many", ("a", broken[2]))).status_code == 200
    assert files.client.get("/api/health").status_code == 200


def test_thumbs_go_with_their_file(files: Filing) -> None:
    made = files.made(("one", ("a.png", png(40, 40))))
    files.get(made, f"{made['one']}?thumb=10x10")
    files.get(made, f"{made['one']}?thumb=10x10", headers=BROWSER)
    assert len(files.stored(made)) == 3
    files.client.patch(f"{files.records}/{made['id']}", json={"one": ""})
    files.settle(made, [])


def test_a_protected_picture_has_protected_thumbs(world: World) -> None:
    with filing_of(world, viewRule=None) as locked:
        made = locked.made(("guarded", ("a.png", png(40, 40))))
        path = f"{made['guarded']}?thumb=100x100"
        assert locked.get(made, path).status_code == 404
        token = world.ask("root", "POST", "/api/files/token").json()["token"]
        answer = locked.get(made, f"{path}&token={token}")
        assert answer.headers["content-disposition"].endswith(f'"100x100_{made["guarded"]}"')


def test_a_thumb_that_many_ask_for_at_once_is_made_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run("superuser", "create", ROOT, PASSWORD, "--data", str(data)).returncode == 0
    with serve(data, "--workers", "2") as server:
        body = {"identity": ROOT, "password": PASSWORD}
        path = "/api/collections/_superusers/auth-with-password"
        root = httpx.post(server.url + path, json=body).json()["token"]
        with filing(server.url, root, data / "storage") as files:
            made = files.made(("many", ("a.png", saved(quarters(2_000, 2_000), ".png"))))
            [name] = made["many"]
            url = f"{server.url}/api/files/{files.name}/{made['id']}/{name}?thumb=100x100"
            with ThreadPoolExecutor(16) as people:
                answers = list(people.map(lambda _: httpx.get(url, timeout=60), range(32)))
            assert {answer.status_code for answer in answers} == {200}
            assert len({answer.content for answer in answers}) == 1
            assert len({answer.headers["last-modified"] for answer in answers}) == 1
        assert '"ERROR"' not in server.log()


def test_a_process_that_is_killed_takes_only_its_picture_with_it(tmp_path: Path) -> None:
    from holobase.adapters.vips import Workshop
    from holobase.ports.imaging import ImageRefused, Size

    async def steps() -> None:
        source = tmp_path / "a.png"
        source.write_bytes(saved(quarters(3_000, 3_000), ".png"))
        workshop = Workshop(1)
        await workshop.resize(source, Size(10, 10), "png")
        working = asyncio.create_task(workshop.resize(source, Size(2_000, 2_000), "avif"))
        [process] = workshop._idle
        await asyncio.sleep(0.05)
        process.kill()
        with pytest.raises(ImageRefused):
            await working
        assert await workshop.resize(source, Size(10, 10), "png")
        await workshop.close()

    asyncio.run(steps())
