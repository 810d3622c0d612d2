"""Pictures lose what they tell beside their pixels, and not one pixel."""

import struct
from collections.abc import Mapping
from typing import Any

import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

from holobase.domain.picture_privacy import PICTURES, without_secrets

SECRETS = (b"37.5665", b"Seoul", b"Camera of Anna")
SAVERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "image/jpeg": (".jpg", {"Q": 90}),
    "image/png": (".png", {}),
    "image/webp": (".webp", {"lossless": True}),
}


def picture(kind: str, orientation: int = 1) -> bytes:
    """A picture with secrets in every place that its format has for them."""
    image = (pyvips.Image.xyz(40, 30) * [5, 7]).bandjoin(128).cast("uchar")
    image = image.copy(interpretation="srgb")
    texts = {"exif-ifd0-Make": "Camera of Anna", "exif-ifd2-UserComment": "37.5665"}
    for name, text in texts.items():
        image.set_type(pyvips.GValue.gstr_type, name, f"{text} ({text}, ASCII, 15 components)")
    if orientation != 1:
        image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><city>Seoul</city></x:xmpmeta>'
    image.set_type(pyvips.GValue.blob_type, "xmp-data", xmp)
    suffix, options = SAVERS[kind]
    return bytes(image.write_to_buffer(suffix, **options))


def pixels(content: bytes) -> bytes:
    return bytes(pyvips.Image.new_from_buffer(content, "").write_to_memory())


def test_every_format_has_a_test() -> None:
    assert set(SAVERS) == PICTURES


@pytest.mark.parametrize("kind", SAVERS)
def test_nothing_is_told_and_nothing_is_seen_otherwise(kind: str) -> None:
    before = picture(kind)
    after = without_secrets(before, kind)
    assert any(secret in before for secret in SECRETS)
    assert not any(secret in after for secret in SECRETS)
    assert len(after) < len(before)
    assert pixels(after) == pixels(before)


@pytest.mark.parametrize("kind", SAVERS)
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
