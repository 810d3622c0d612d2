"""Request paths: split where they were split before decoding, and brought into one spelling."""

import re
from typing import Any
from urllib.parse import unquote

from holobase.api.exchange import Scope, is_badly_encoded
from holobase.domain.errors import BadRequest, NotFound

_UNCLEAN = re.compile(rb"//|/\.\.?(?:/|$)|%(?![0-9a-fA-F]{2})")


def segments(scope: Scope) -> list[str]:
    """The decoded parts between slashes; an encoded slash does not separate.

    Raises NotFound for U+0000: nothing has that in its name, and PostgreSQL cannot be asked for it.
    """
    raw: bytes = scope["raw_path"]
    if b"%" in raw:
        if b"%00" in raw:
            raise NotFound("not_found")
        return [unquote(part.decode("latin-1")) for part in raw.split(b"/")]
    path: str = scope["path"]
    return path.split("/")


def moved_to(scope: Scope) -> bytes | None:
    """Where a path with empty or dotted parts should have gone; None for one that is clean.

    Raises BadRequest where the percent-encoding is broken.
    """
    raw: bytes = scope["raw_path"]
    if not _UNCLEAN.search(raw):
        return None
    if is_badly_encoded(raw):
        raise BadRequest("bad_path")
    kept: list[bytes] = []
    for part in raw.split(b"/"):
        if part == b"..":
            kept[-1:] = []
        elif part not in (b"", b"."):
            kept.append(part)
    is_folder = raw.endswith(b"/") and kept
    query: Any = scope["query_string"]
    # A browser would take `/\host` for another host.
    path = (b"/" + b"/".join(kept) + (b"/" if is_folder else b"")).replace(b"\\", b"%5C")
    return path + (b"?" + query if query else b"")
