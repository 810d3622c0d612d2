"""What a list request may ask for, and what it gets."""

from typing import Final

import msgspec

from holobase.domain.errors import BadRequest, Forbidden
from holobase.domain.principal import Request
from holobase.engine.catalogue import Definition
from holobase.engine.expand import ExpandTree

PER_PAGE_MAX: Final = 1_000
"""Records on one page; what the official SDK asks for when it fetches everything."""

PER_PAGE_DEFAULT: Final = 30

FORBIDDEN_IN_FILTERS: Final = ("@collection.", "@request.")
FILTER_BYTES_MAX: Final = 3_500
"""Longest filter over a collection made at run time, as in PocketBase."""

OWN_FILTER_BYTES_MAX: Final = 64 * 1024
"""Longest filter over one of our own collections: frontends send chains of hundreds of terms."""


class PageQuery(msgspec.Struct, frozen=True):
    """What a list request asks for: the page of this number, or what comes after a cursor."""

    page: int = 1
    per_page: int = PER_PAGE_DEFAULT
    sort: str = ""
    filter: str = ""
    expand: ExpandTree | None = None
    skip_total: bool = False
    cursor: str = ""

    @property
    def limit(self) -> int:
        """Records on a page."""
        return min(self.per_page, PER_PAGE_MAX) if self.per_page > 0 else PER_PAGE_DEFAULT


class Page(msgspec.Struct, frozen=True):
    """One page of records as JSON; totals are -1 where they were not asked for."""

    items: list[bytes]
    page: int
    per_page: int
    total_items: int

    @property
    def total_pages(self) -> int:
        """Pages that all items fill."""
        return -1 if self.total_items < 0 else -(-self.total_items // self.per_page)


class Stretch(msgspec.Struct, frozen=True):
    """The records that come after a cursor, as JSON, and the cursor after them, empty at the end;
    the total is -1 where it was not asked for."""

    items: list[bytes]
    per_page: int
    next_cursor: str
    total_items: int


def check_texts(definition: Definition, query: PageQuery, request: Request) -> None:
    """Raises Forbidden for what only superusers may ask, BadRequest for texts out of bounds."""
    bytes_max = OWN_FILTER_BYTES_MAX if definition.declaration else FILTER_BYTES_MAX
    for text in (query.filter, query.sort):
        if not request.is_superuser and any(word in text for word in FORBIDDEN_IN_FILTERS):
            raise Forbidden("superusers_filter")
        if "\x00" in text or len(text.encode()) > bytes_max:
            raise BadRequest("bad_query")
