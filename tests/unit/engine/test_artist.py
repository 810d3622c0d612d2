"""When pictures are looked at: a card that nobody gave one costs nothing."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from holobase.community.cards.collections import UNIFIED_CARDS
from holobase.community.cards.pictures import PICTURES
from holobase.domain.event import Event, stream_of
from holobase.engine.catalogue import Catalogue
from holobase.engine.files.artist import Artist

CARD = UNIFIED_CARDS.collection.id


def artist() -> Artist:
    catalogue = Catalogue([UNIFIED_CARDS])
    catalogue.replace([(1, UNIFIED_CARDS.collection)])
    parts: Any = cast(Any, None)
    kernel: Any = SimpleNamespace(catalogue=catalogue, store=None)
    return Artist(kernel, parts, parts, parts, parts, PICTURES, lambda _: None)


def event(kind: str, data: bytes, stream: str = stream_of(CARD, "c")) -> Event:
    kind = f"unified_cards.{kind}"
    return Event(b"i", stream, kind, 1, data, None, "guest", "", None, 0, 1, b"", 1)


@pytest.mark.parametrize(
    ("told", "is_heard"),
    [
        (event("created", b'{"holographic_image":"","artwork_of":"","title":"t"}'), False),
        (event("created", b'{"holographic_image":"a.png","artwork_of":""}'), True),
        (event("created", b'{"holographic_image":"a.png"}'), True),
        (event("imported", b'{"holographic_image":"a.png","artwork_of":"a.png"}'), False),
        (event("imported", b'{"holographic_image":"b.png","artwork_of":"a.png"}'), True),
        (event("updated", b'{"title":"t"}'), False),
        (event("updated", b'{"holographic_image":""}'), True),
        (event("derived", b'{"artwork_of":"a.png","image_width":1}'), False),
        (event("deleted", b'{"holographic_image":"a.png","artwork_of":"b.png"}'), False),
        (event("created", b'{"holographic_image":"a.png"}', stream_of("other", "c")), False),
    ],
)
def test_only_what_tells_of_another_picture_is_heard(told: Event, *, is_heard: bool) -> None:
    assert artist().hears([told]) is is_heard
