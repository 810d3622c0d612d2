"""ETags of records, and what `If-Match` demands of a write.

An ETag is `"n"`, where n counts the record's events up to its last edit: derived values, which
others move, are no edit, so it guards editing and says nothing about caching.
"""

import re
from collections.abc import Sequence

from holobase.api.exchange import JSON_TYPE
from holobase.api.origins import Header
from holobase.domain.errors import BadRequest

IF_MATCH = "if-match"

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*+"'
_LIST = re.compile(rf"[ \t,]*+{_TAG}(?:[ \t]*+,[ \t,]*+{_TAG})*+[ \t,]*+")
_OURS = re.compile(r'"([1-9][0-9]{0,18})"')


def tagged(edited: int) -> tuple[Header, ...]:
    """The headers of an answer that shows a record as JSON; nobody edits those of a view (0)."""
    return (JSON_TYPE, (b"etag", b'"%d"' % edited)) if edited else (JSON_TYPE,)


def seen(lines: Sequence[str]) -> frozenset[int] | None:
    """The edits that the lines of `If-Match` name; None where any will do.

    A tag marked as weak counts like another: proxies mark what they compress, and what it says of
    edits stays exact. Raises BadRequest for what is no list of tags.
    """
    text = ",".join(lines)
    if not lines or text.strip(" \t") == "*":
        return None
    if not _LIST.fullmatch(text):
        raise BadRequest("bad_if_match")
    return frozenset(int(number) for number in _OURS.findall(text))
