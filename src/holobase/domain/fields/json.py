"""JSON: any JSON value, held as its text."""

import re
from typing import ClassVar

import msgspec

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import definition
from holobase.domain.fields.field import Cell, Field, Storage, Value
from holobase.kit import json
from holobase.kit.json import Json

SIZE_BYTES_MAX_DEFAULT = 1024 * 1024
NULL = "null"

_EMPTY_TEXTS = frozenset({NULL, '""', "[]", "{}"})
_STARTS = frozenset('0123456789-"[{')
_TEXT_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"')


class JsonField(Field, frozen=True, kw_only=True, tag="json"):
    """A `str`, the compact JSON text of the value; null is `"null"`, in a cell NULL.

    `max_size` counts UTF-8 bytes (0 means 1 MiB). A text that reads like JSON is taken for the
    JSON it holds; one that other decoders could read otherwise (see `kit.json.decode_strict`) is
    kept as sent and refused by `check`.
    """

    kind: ClassVar[str] = "json"
    storage: ClassVar[Storage] = Storage.JSON

    help: str = ""
    max_size: int = 0
    required: bool = False

    @property
    def zero(self) -> Value:
        return NULL

    def is_zero(self, value: Value) -> bool:
        return value in _EMPTY_TEXTS

    def normalise(self, wire: Json) -> Value:
        if isinstance(wire, str):
            return _from_text(wire)
        return json.encode(json.sorted_wire(wire)).decode()

    def check(self, value: Value) -> FieldError | None:
        largest = self.max_size or SIZE_BYTES_MAX_DEFAULT
        if len(value.encode()) > largest:
            return FieldError("validation_json_size_limit", {"maxSize": largest})
        try:
            json.decode_whole(value)
        except json.MalformedJson:
            return FieldError("validation_invalid_json")
        return None

    def to_cell(self, value: Value) -> Cell:
        return None if value == NULL else value

    def from_cell(self, cell: Cell) -> Value:
        return NULL if cell is None else cell

    def to_wire(self, value: Value) -> Json:
        return msgspec.Raw(value.encode())

    def from_event(self, raw: msgspec.Raw | bytes) -> Value:
        return bytes(raw).decode()

    def check_options(self) -> ErrorTree:
        return definition.found(max_size=definition.between(self.max_size, 0))


def _from_text(text: str) -> Value:
    if text in ("null", "true", "false"):
        return text
    if text[:1] in _STARTS and text:
        compact = _compact(text)
        if compact is not None:
            return compact
    return json.encode(text).decode()


def _compact(text: str) -> str | None:
    """The JSON text without blanks between tokens, digits and key order kept; None if not JSON."""
    try:
        compact = msgspec.json.format(text, indent=-1)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    if "\\" in compact:
        return _TEXT_TOKEN.sub(_respelled, compact)
    return compact


def _respelled(token: re.Match[str]) -> str:
    # Escapes that are not needed go; one that stands for no character stays, for `check` to see.
    try:
        return json.encode(msgspec.json.decode(token.group(), type=str)).decode()
    except (msgspec.DecodeError, ValueError):
        return token.group()
