"""Parameters: the values a compiled expression takes from the request, each by its key.

A key is what is written in the expression, followed by words (after a space, which no name can
hold) that say what is made of the value: `@request.query.price number like`.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Final, TypeAlias

import msgspec

from holobase.domain.fields import Cell
from holobase.domain.fields.field import text_of
from holobase.domain.principal import Request
from holobase.kit import json
from holobase.kit.json import Json
from holobase.rules.like import like_pattern
from holobase.rules.macros import MACROS, macro_value

LIKE: Final = " like"
"""The value as a LIKE pattern."""
ISSET: Final = " isset"
"""1 or 0: whether the request has it at all."""
NUMBER: Final = " number"
"""A text that is a number, as that number."""
ITEMS: Final = " items"
"""The JSON text of a list, whatever the value is."""
LENGTH: Final = " length"
"""How many items."""
DECODED: Final = " decoded"
"""For paths into a JSON field: its text is decoded before the path goes on."""
SENT: Final = " sent"
"""1 or 0: whether the request has it and it is not empty."""
TEXT: Final = " text"
"""The value of a field as a text, a list as none; empty where the request has it not."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


class _Missing:
    pass


_MISSING = _Missing()
_IDENTITY = {"id": "id", "collectionId": "collection_id", "collectionName": "collection_name"}


Reader: TypeAlias = Callable[[Request], Cell]
"""Reads one parameter from a request."""

READERS_MAX: Final = 5_000
"""Readers kept; taking a key apart costs more than reading its value."""


def parameter(key: str, request: Request) -> Cell:
    """The value of a bind parameter whose key begins with `@`."""
    return reader(key)(request)


@lru_cache(READERS_MAX)
def reader(key: str) -> Reader:
    """What reads the parameter with this key."""
    name, *words = key.split(" ")
    find = _finder(name, is_decoded="decoded" in words)
    if ISSET[1:] in words:
        return lambda request: 0 if isinstance(find(request), _Missing) else 1
    changes = [_CHANGES[word] for word in words if word in _CHANGES]
    missing = "" if TEXT[1:] in words else None

    def read(request: Request) -> Cell:
        found = find(request)
        value: Json = missing if isinstance(found, _Missing) else found
        for change in changes:
            value = change(value)
        return cell(value)

    return read


def cell(value: Json) -> Cell:
    """A value as it is bound: booleans as 1 and 0, lists and objects as their JSON text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, list | tuple | Mapping):
        return json.encode(value).decode()
    checked: Cell = value
    return checked


def _number(value: Json) -> Json:
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


def _items(value: Json) -> list[Json]:
    if isinstance(value, list | tuple):
        return list(value)
    return [] if value is None else [value]


def _text(value: Json) -> Json:
    if value is None:  # only a JSON field holds it
        return "null"
    return json.encode(value).decode() if isinstance(value, Mapping) else text_of(value)


def _pattern(value: Json) -> Json:
    if value is None:
        return None
    return like_pattern(text_of(value) if isinstance(value, bool) else text_of(cell(value)))


_CHANGES: Mapping[str, Callable[[Json], Json]] = {
    "number": _number,
    "items": _items,
    "length": lambda value: len(_items(value)),
    "sent": lambda value: int(bool(value)),
    "text": _text,
    "like": _pattern,
}


def _finder(name: str, *, is_decoded: bool) -> Callable[[Request], Json | _Missing]:
    if name in MACROS:
        return lambda request: macro_value(name, request.now)
    _, family, *path = name.split(".")
    key = ".".join(path)
    if family == "auth":
        return _auth_finder(path[0])
    if family == "body":
        return lambda request: _walk(request.body, path, is_decoded)
    if family == "query":
        return lambda request: request.query.get(key, _MISSING)
    if family == "headers":
        return lambda request: request.headers.get(key, _MISSING)
    return attrgetter("method" if family == "method" else "context")


def _auth_finder(name: str) -> Callable[[Request], Json | _Missing]:
    if name in _IDENTITY:
        of = attrgetter(_IDENTITY[name])
        return lambda request: _MISSING if request.auth is None else of(request.auth)
    return lambda request: (
        _MISSING if request.auth is None else request.auth.values.get(name, _MISSING)
    )


def _walk(body: Mapping[str, Json], path: list[str], is_decoded: bool) -> Json | _Missing:
    found: Json = body
    for depth, segment in enumerate(path):
        if depth == 1 and is_decoded and isinstance(found, str):
            found = _decoded(found)
        if isinstance(found, Mapping) and segment in found:
            found = found[segment]
        elif isinstance(found, list) and segment.isdecimal() and int(segment) < len(found):
            found = found[int(segment)]
        else:
            return _MISSING
    return found


def _decoded(text: str) -> Json:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
