"""Cursors: where a reader of a list stands, as a text that only this instance can read or make.

A cursor holds the values by which the list is sorted, of the last record that was shown: the reader
may not be allowed to see them. It is good for the collection, sort, filter and caller that it was
made for, and for nobody else.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from holobase.domain.errors import BadRequest
from holobase.domain.fields import Cell
from holobase.domain.principal import Request
from holobase.engine.catalogue import Definition
from holobase.engine.reading.queries import PageQuery
from holobase.engine.sealing import Sealer

VERSION: Final = 1
"""Of what is inside; cursors of another one are refused."""

PLACE_BYTES_MAX: Final = 4_000
"""Values in one cursor: what they become still fits a request line of 8 KiB."""


class Cursors:
    """Makes and reads cursors."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def write(
        self, place: Sequence[Cell], definition: Definition, query: PageQuery, request: Request
    ) -> str:
        """The cursor of a place. Raises BadRequest where its values are too long for one."""
        plain = msgspec.msgpack.encode((VERSION, *place))
        if len(plain) > PLACE_BYTES_MAX:
            raise BadRequest("cursor_too_long")
        return self._sealer.seal_text(plain, _bound(definition, query, request))

    def read(self, definition: Definition, query: PageQuery, request: Request) -> tuple[Cell, ...]:
        """The place of the query's cursor. Raises BadRequest for any that is not meant for it."""
        plain = self._sealer.open_text(query.cursor, _bound(definition, query, request))
        if plain is None:
            raise BadRequest("bad_cursor")
        version, *place = msgspec.msgpack.decode(plain)
        if version != VERSION:
            raise BadRequest("bad_cursor")
        return tuple(place)


def _bound(definition: Definition, query: PageQuery, request: Request) -> tuple[bytes, ...]:
    auth = request.auth
    caller = f"{auth.collection_id}/{auth.id}" if auth else ""
    texts = ("cursor", definition.collection.id, query.sort, query.filter, caller)
    return tuple(text.encode() for text in texts)
