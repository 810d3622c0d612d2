"""Pictures lose what they tell beside their pixels, and not one pixel."""

import base64
import itertools
import struct
from xml.etree import ElementTree

import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

from holobase.domain.picture_privacy import PICTURES, without_secrets
from tests.examples import tries
from tests.pictures import DRAWING, MADE, SAVERS, SECRETS, picture, telling_gif

TURNED = ("image/jpeg", "image/png", "image/webp", "image/tiff")
"""What tells by EXIF that it is to be turned; others have it done, or say it in another way."""


def pixels(content: bytes) -> bytes:
    return bytes(pyvips.Image.new_from_buffer(content, "").write_to_memory())


LIKE_AVIF = {"image/heic", "image/heif", "image/heif-sequence"}
"""Of which no program here makes one; they are laid out alike."""


def test_every_format_has_a_test() -> None:
    assert set(SAVERS) | LIKE_AVIF | {"image/svg+xml"} == PICTURES


@pytest.mark.parametrize("kind", SAVERS)
def test_nothing_is_told_and_nothing_is_seen_otherwise(kind: str) -> None:
    before = picture(kind)
    after = without_secrets(before, kind)
    assert any(secret in before for secret in SECRETS)
    assert not any(secret in after for secret in SECRETS)
    assert len(after) <= len(before)
    assert pixels(after) == pixels(before)


@pytest.mark.parametrize("kind", TURNED)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stays_upright(kind: str, orientation: int) -> None:
    after = without_secrets(picture(kind, orientation), kind)
    image = pyvips.Image.new_from_buffer(after, "")
    found = image.get("orientation") if image.get_typeof("orientation") else 1
    assert found == orientation
    assert not any(secret in after for secret in SECRETS)


@pytest.mark.parametrize("kind", SAVERS)
def test_a_picture_that_tells_nothing_stays_byte_for_byte(kind: str) -> None:
    once = without_secrets(picture(kind), kind)
    assert without_secrets(once, kind) == once


def test_what_a_camera_puts_behind_a_picture_goes() -> None:
    after = without_secrets(picture("image/jpeg") + b"\x00\x00\x00 ftypmp42 a film", "image/jpeg")
    assert b"film" not in after
    assert after.endswith(b"\xff\xd9")


def test_a_jpeg_keeps_its_colours_and_loses_its_comments() -> None:
    profile = b"\xff\xe2" + struct.pack(">H", 30) + b"ICC_PROFILE\x00" + bytes(16)
    previews = b"\xff\xe2" + struct.pack(">H", 30) + b"MPF\x00" + bytes(24)
    comment = b"\xff\xfe" + struct.pack(">H", 7) + b"Seoul"
    before = picture("image/jpeg")
    after = without_secrets(before[:2] + profile + previews + comment + before[2:], "image/jpeg")
    assert profile in after
    assert b"MPF" not in after
    assert b"Seoul" not in after


@given(st.sampled_from(sorted(SAVERS)), st.binary(max_size=200))
def test_what_is_no_picture_is_left_alone(kind: str, content: bytes) -> None:
    assert without_secrets(content, kind) == content


@pytest.mark.parametrize("kind", SAVERS)
def test_a_picture_that_breaks_off_is_left_alone_or_cleaned(kind: str) -> None:
    whole = picture(kind)
    for length in range(0, len(whole), 7):
        assert isinstance(without_secrets(whole[:length], kind), bytes)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_an_avif_goes_on_telling_how_it_was_held(orientation: int) -> None:
    after = without_secrets(picture("image/avif", orientation), "image/avif")
    assert struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) in after


def test_a_heic_is_cleaned_as_an_avif_is() -> None:
    before = picture("image/avif").replace(b"ftypavif", b"ftypheic")
    after = without_secrets(before, "image/heic")
    assert len(after) == len(before)
    assert not any(secret in after for secret in SECRETS)


def test_boxes_that_programs_add_to_an_avif_are_emptied() -> None:
    before = picture("image/avif")
    added = struct.pack(">I4s16s5s", 29, b"uuid", bytes(16), b"Seoul")
    after = without_secrets(before + added, "image/avif")
    assert b"Seoul" not in after
    assert pixels(after) == pixels(before)


def test_a_gif_goes_on_moving() -> None:
    black = pyvips.Image.black(8, 8, bands=3)
    frame = black.linear(1, [200, 10, 10]).cast("uchar").copy(interpretation="srgb")
    moving = frame.join(frame.invert(), "vertical").copy()
    moving.set_type(pyvips.GValue.gint_type, "page-height", 8)
    moving.set_type(pyvips.GValue.gint_type, "loop", 3)
    before = telling_gif(bytes(moving.write_to_buffer(".gif")))
    after = without_secrets(before, "image/gif")
    read = pyvips.Image.new_from_buffer(after, "", n=-1)
    assert (read.get("n-pages"), read.get("loop")) == (2, 3)
    assert not any(secret in after for secret in SECRETS)


def test_a_tiff_that_only_its_camera_understands_is_left_alone() -> None:
    before = picture("image/tiff")
    raw = before.replace(struct.pack("<HHI", 271, 2, 15), struct.pack("<HHI", 50706, 1, 4))
    assert without_secrets(raw, "image/tiff") == raw


def test_a_tiff_whose_directories_lead_in_circles_ends() -> None:
    loop = struct.pack("<4sIHHHIII", b"II*\x00", 8, 1, 330, 4, 1, 8, 8)
    assert len(without_secrets(loop, "image/tiff")) == len(loop)


def test_a_drawing_loses_what_it_says_and_nothing_that_it_draws() -> None:
    inside = base64.b64encode(picture("image/png"))
    after = without_secrets(DRAWING.replace(b"INSIDE", inside), "image/svg+xml")
    assert not any(secret in after for secret in SECRETS)
    assert inside not in after
    assert b"<title>A card</title>" in after
    assert b"""<rect width="9" height="9" fill="#f00"/>""" in after
    assert b"viewBox='0 0 9 9'>" in after
    svg = ElementTree.fromstring(after)
    assert [each.tag.rpartition("}")[2] for each in svg] == ["title", "rect", "image"]
    assert without_secrets(after, "image/svg+xml") == after


@pytest.mark.parametrize(
    "drawing",
    [
        b"<svg",
        b"<svg xmlns='http://www.w3.org/2000/svg'><metadata>",
        b"<svg><a:b/></svg>",
        b"<svg a='1' a='2'/>",
        b"<?xml version='1.0' encoding='U-F-8'?><svg><metadata/></svg>",
        b'<!DOCTYPE svg [<!ENTITY a "<b/>">]><svg>&a;</svg>',
        b'<!DOCTYPE svg [<!ENTITY a "x">]><svg>&b;</svg>',
    ],
)
def test_a_drawing_that_is_none_is_left_alone(drawing: bytes) -> None:
    assert without_secrets(drawing, "image/svg+xml") == drawing


def test_a_drawing_that_grows_when_it_is_read_is_left_alone() -> None:
    names = "abcdefghij"
    entities = "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in itertools.pairwise(names)
    )
    bomb = f'<!DOCTYPE svg [<!ENTITY a "lol">{entities}]><svg>&j;</svg>'.encode()
    assert without_secrets(bomb, "image/svg+xml") == bomb


@given(st.sampled_from(sorted(MADE)), st.data())
@tries(100)
def test_a_picture_with_wrong_bytes_is_left_alone_or_cleaned(
    kind: str, data: st.DataObject
) -> None:
    whole = bytearray(MADE[kind])
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    assert isinstance(without_secrets(bytes(whole), kind), bytes)
