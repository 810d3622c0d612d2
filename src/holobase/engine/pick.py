"""The `fields` parameter: picking keys out of an answer, and shortening texts."""

import re
from html.parser import HTMLParser
from typing import Any, TypeAlias

from holobase.domain.errors import BadRequest

PATHS_MAX = 200
"""Paths in one `fields` parameter."""

LENGTH_MAX = 2**63 - 1
"""Largest length of an excerpt that can be asked for."""

_EXCERPT = re.compile(r"excerpt\(\s*\+?([0-9]{1,19})(?:\.[0-9]*)?\s*(?:,([^,]*))?\)")
_MARK = re.compile(r"[,()]")
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})

_DROPPED = frozenset(
    re.findall(
        r"\w+",
        "head title noscript style script iframe embed applet object svg img picture dialog"
        " template button form textarea input select option",
    )
)
_VOID = frozenset({"img", "embed", "input"})
_INLINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr acronym b bdo big br button cite code em i label map mark q s small span strike"
        " strong sub sup tt u var",
    )
)


class Picked(dict[str, "Picked"]):
    """What is picked at one level, by key. `is_whole`: all of what is found here, whatever else is
    named below it; `excerpt` shortens it where it is a text."""

    is_whole = False
    excerpt: tuple[int, bool] | None = None


Tree: TypeAlias = Picked


def parse_fields(text: str) -> Tree | None:
    """The tree of a `fields` parameter; None where it picks nothing out.

    Raises BadRequest for an unknown modifier or bad arguments of one.
    """
    root = Picked()
    for path in _split(text)[:PATHS_MAX]:
        name, colon, modifier = path.strip().partition(":")
        if not (name or colon):
            continue
        level = root
        for segment in name.removesuffix(".").split("."):
            level = level.setdefault(segment, Picked())
        level.is_whole = True
        level.excerpt = _arguments(modifier) if colon else None
    return root or None


def _split(text: str) -> list[str]:
    """The paths between commas, those inside of parentheses aside. Raises BadRequest."""
    paths, depth, begin = [], 0, 0
    for mark in _MARK.finditer(text):
        if mark[0] == ",":
            if not depth:
                paths.append(text[begin : mark.start()])
                begin = mark.end()
        else:
            depth = max(0, depth + (1 if mark[0] == "(" else -1))
    if depth:
        raise BadRequest("bad_query")
    return [*paths, text[begin:]]


def _arguments(modifier: str) -> tuple[int, bool]:
    match = _EXCERPT.fullmatch(modifier)
    if match is None or not 0 < int(match[1]) <= LENGTH_MAX:
        raise BadRequest("bad_query")
    return int(match[1]), (match[2] or "").strip() in _TRUE


def pick(value: Any, tree: Tree) -> Any:
    """What the tree picks out of a decoded answer; lists are gone through."""
    if isinstance(value, list):
        return [pick(item, tree) for item in value]
    if not isinstance(value, dict):
        return value
    everything = tree.get("*")
    if everything is not None and not everything.is_whole:
        everything = None
    picked: dict[str, Any] = {}
    for key, member in value.items():
        below = tree.get(key, everything)
        if below is not None:
            picked[key] = _whole(member, below) if below.is_whole else pick(member, below)
    return picked


def _whole(value: Any, picked: Picked) -> Any:
    return excerpt(value, *picked.excerpt) if picked.excerpt and isinstance(value, str) else value


def excerpt(text: str, length: int, with_ellipsis: bool = False) -> str:
    """The plain text of an HTML text, cut to `length` code points."""
    reader = _PlainText()
    reader.feed(text)
    reader.close()
    plain = re.sub(r"\s+", " ", "".join(reader.pieces)).strip()
    if len(plain) <= length:
        return plain
    return plain[:length].strip() + ("..." if with_ellipsis else "")


class _PlainText(HTMLParser):
    """Collects the text outside of dropped elements, blocks set apart by spaces."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._dropped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _DROPPED and tag not in _VOID:
            self._dropped += 1
        elif tag not in _INLINE:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _DROPPED and tag not in _VOID:
            self._dropped = max(0, self._dropped - 1)
        elif tag not in _INLINE:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._dropped:
            self.pieces.append(data)

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: ARG002
        # Browsers take `<![x[` for a comment; the parent class gives up on it.
        return self.parse_bogus_comment(i)
