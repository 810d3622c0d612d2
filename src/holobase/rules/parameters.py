"""Parameters: the values a compiled expression takes from the request, each by its key.

A key is what is written in the expression, followed by words (after a space, which no name can
hold) that say what is made of the value: `@request.query.price number like`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

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

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


class _Missing:
    pass


_MISSING = _Missing()


def parameter(key: str, request: Request) -> Cell:
    """The value of a bind parameter whose key begins with `@`."""
    name, *words = key.split(" ")
    if name in MACROS:
        found: Json | _Missing = macro_value(name, request.now)
    else:
        found = _find(name, request, is_decoded="decoded" in words)
    if ISSET[1:] in words:
        return 0 if isinstance(found, _Missing) else 1
    value: Json = None if isinstance(found, _Missing) else found
    for word in words:
        if word in _CHANGES:
            value = _CHANGES[word](value)
    return cell(value)


def cell(value: Json) -> Cell:
    """A value as it is bound: booleans as 1 and 0, lists and objects as their JSON text."""
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


def _pattern(value: Json) -> Json:
    if value is None:
        return None
    return like_pattern(text_of(value) if isinstance(value, bool) else text_of(cell(value)))


_CHANGES: Mapping[str, Callable[[Json], Json]] = {
    "number": _number,
    "items": _items,
    "length": lambda value: len(_items(value)),
    "like": _pattern,
}


def _find(name: str, request: Request, is_decoded: bool) -> Json | _Missing:
    _, family, *path = name.split(".")
    if family == "auth":
        return _auth_value(path[0], request)
    if family == "body":
        return _walk(request.body, path, is_decoded)
    if family == "query":
        return request.query.get(".".join(path), _MISSING)
    if family == "headers":
        return request.headers.get(".".join(path), _MISSING)
    return request.method if family == "method" else request.context


def _auth_value(name: str, request: Request) -> Json | _Missing:
    if request.auth is None:
        return _MISSING
    if name == "collectionId":
        return request.auth.collection_id
    if name == "collectionName":
        return request.auth.collection_name
    if name == "id":
        return request.auth.id
    return request.auth.values.get(name, _MISSING)


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
