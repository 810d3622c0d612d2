"""SQLite's LIKE in memory: `%` for any text, `_` for one character, a backslash before either
(or itself) for the character. Without regard to ASCII case.

The pattern is cut at its `%`s; each piece is taken where it fits first, which never has to be
taken back. So no pattern is slower than its length times that of the text, and only one with `_`
is that slow.
"""

import re
from functools import lru_cache
from typing import Final, TypeAlias

import msgspec

from holobase.rules.predicate_cells import Undecided, folded

PATTERN_LENGTH_MAX: Final = 10_000
"""Longer patterns are left to SQLite."""

MASKING_MAX: Final = 200_000
"""Length of a pattern with `_` times that of the text: a millisecond at worst."""

PATTERNS_MAX: Final = 500
"""Patterns kept in pieces; cutting one costs more than matching it."""

_WRITTEN = re.compile(r"\\(.)|\\|[%_]|[^\\%_]+", re.DOTALL)
# SQLite ends a text at U+0000, and reads the other two as U+FFFD.
_STRANGE = re.compile("[\x00\ufffe\uffff]")


class Masked(msgspec.Struct, frozen=True):
    """A piece with `_`: as many characters as `width`."""

    expression: re.Pattern[str]
    width: int


Piece: TypeAlias = str | Masked


def like(text: str, pattern: str) -> bool:
    """Whether `text LIKE pattern`. Raises Undecided for what only SQLite can answer."""
    if len(pattern) > PATTERN_LENGTH_MAX or _STRANGE.search(text):
        raise Undecided
    pieces = _pieces(pattern)
    if not pieces:
        return False
    text = folded(text)
    if len(text) * len(pattern) > MASKING_MAX and any(isinstance(one, Masked) for one in pieces):
        raise Undecided
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return len(text) == _width(first) and _ends(first, text, 0)
    start = _end_of(first, text, 0, at_start=True)
    for piece in pieces[1:-1]:
        if start < 0:
            return False
        start = _end_of(piece, text, start)
    return start >= 0 and _ends(last, text, start)


@lru_cache(PATTERNS_MAX)
def _pieces(pattern: str) -> tuple[Piece, ...]:
    """What stands between the `%`s; nothing for a pattern that fits no text."""
    if _STRANGE.search(pattern):
        raise Undecided
    written: list[list[str | None]] = [[]]
    for found in _WRITTEN.finditer(folded(pattern)):
        part = found[0]
        if part == "%":
            written.append([])
        elif part == "\\":  # at the end, where it escapes nothing
            return ()
        else:
            written[-1] += [None] if part == "_" else found[1] or part
    return tuple(_piece(characters) for characters in written)


def _piece(characters: list[str | None]) -> Piece:
    if None not in characters:
        return "".join(character or "" for character in characters)
    expression = "".join("." if one is None else re.escape(one) for one in characters)
    return Masked(re.compile(expression, re.DOTALL), len(characters))


def _end_of(piece: Piece, text: str, start: int, *, at_start: bool = False) -> int:
    """Where the piece ends that fits first from `start` on (or right there); -1 for nowhere."""
    if isinstance(piece, str):
        if at_start:
            return len(piece) if text.startswith(piece) else -1
        found = text.find(piece, start)
        return found + len(piece) if found >= 0 else -1
    find = piece.expression.match if at_start else piece.expression.search
    match = find(text, start)
    return match.end() if match else -1


def _ends(piece: Piece, text: str, start: int) -> bool:
    if len(text) - start < _width(piece):
        return False
    if isinstance(piece, str):
        return text.endswith(piece)
    return bool(piece.expression.fullmatch(text, len(text) - piece.width))


def _width(piece: Piece) -> int:
    return len(piece) if isinstance(piece, str) else piece.width
