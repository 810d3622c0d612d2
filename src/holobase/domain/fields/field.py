"""What every field type is made of: its options, its normal form and its checks.

A field value has three forms: *wire* (what JSON carries), *value* (what the engine holds) and
*cell* (what a table column holds). A type's file defines its value and the ways between them.
"""

import re
from enum import Enum
from typing import Any, ClassVar, TypeAlias, cast

import msgspec

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import definition
from holobase.kit import json
from holobase.kit.json import Json

Value: TypeAlias = Any
"""A normalised field value; its Python type is said by `Field.storage` and the field's file."""

Cell: TypeAlias = str | int | float | bytes | None


ID_BYTES_MAX = 100
NAME_BYTES_MAX = 100
HELP_BYTES_MAX = 300

RESERVED_NAMES = frozenset(
    {"null", "true", "false", "_rowid_", "collectionId", "collectionName", "expand"}
)
ROW_NAMES = frozenset({"rowid", "oid", "_rowid_"})
"""What SQLite calls the number of a row, in any case: no column can be called that later on."""

OWN_PREFIX = "hb_"
"""What the columns begin with that we add to a table."""

_NAME = re.compile(r"[A-Za-z0-9_]+")

_LIST_ITEM = r'(?:null|"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
_LIST_START = re.compile(
    rf"[ \t\r\n]*\[[ \t\r\n]*({_LIST_ITEM}(?:[ \t\r\n]*,[ \t\r\n]*{_LIST_ITEM})*+)"
)


class Storage(Enum):
    """The kind of column a field needs; each store spells it in its own DDL."""

    TEXT = "text"
    NUMBER = "number"
    BOOL = "bool"
    LIST = "list"  # JSON text of an array, never NULL
    JSON = "json"  # JSON text or NULL
    GEO = "geo"  # JSON text of an object, never NULL


class Field(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type"):
    """One field definition. Names and defaults of the options are the wire's."""

    kind: ClassVar[str]
    storage: ClassVar[Storage] = Storage.TEXT

    id: str
    name: str
    system: bool = False
    hidden: bool = False
    presentable: bool = False

    @property
    def is_required(self) -> bool:
        """Whether the zero value is refused."""
        return bool(getattr(self, "required", False))

    @property
    def is_multiple(self) -> bool:
        """Whether the value is a list."""
        return False

    @property
    def zero(self) -> Value:
        """The value of a record that was never given one."""
        return ""

    def normalise(self, wire: Json) -> Value:
        """The value for whatever a client sent. Never fails: bad input becomes zero-ish."""
        raise NotImplementedError

    def is_zero(self, value: Value) -> bool:
        """Whether `required` refuses this value."""
        return bool(value == self.zero)

    def check(self, value: Value) -> FieldError | None:  # noqa: ARG002 - for types to replace
        """The first rule of the type that a normalised, non-`required`-checked value breaks."""
        return None

    def validate(self, value: Value) -> FieldError | None:
        """The one error of this value, or None: `required` first, then the type's own rules."""
        if self.is_zero(value):
            if self.is_required:
                return FieldError("validation_required")
            return self.check_zero(value)
        return self.check(value)

    def check_zero(self, value: Value) -> FieldError | None:  # noqa: ARG002 - likewise
        """What a zero value can still break; nothing, for most types."""
        return None

    def to_cell(self, value: Value) -> Cell:
        """The column value."""
        return cast(Cell, value)

    def from_cell(self, cell: Cell) -> Value:
        """The value a column held. `from_cell(to_cell(v)) == v`."""
        return cell

    def to_wire(self, value: Value) -> Json:
        """What the value looks like in JSON: encodable by msgspec, may contain `msgspec.Raw`."""
        return value

    def from_event(self, raw: msgspec.Raw | bytes) -> Value:
        """The value that `to_wire` was made of: used when an event is replayed."""
        return msgspec.json.decode(raw)

    def check_definition(self) -> ErrorTree:
        """What is wrong with the definition itself, by the option's name on the wire.

        What depends on other fields or collections is checked where those are known.
        """
        common = {
            "id": definition.required(self.id) or definition.length(self.id, ID_BYTES_MAX),
            "name": _check_name(self.name),
            "help": definition.length(getattr(self, "help", ""), HELP_BYTES_MAX),
        }
        errors = {name: error for name, error in common.items() if error}
        return {**errors, **self.check_options()}

    def check_options(self) -> ErrorTree:
        """The part of `check_definition` that is the type's own."""
        return {}

    def apply_modifier(
        self,
        modifier: str,  # noqa: ARG002 - likewise
        stored: Value,  # noqa: ARG002
        wire: Json,  # noqa: ARG002
    ) -> Value | None:
        """The value after `field+` (`"+"`), `+field` (`"+<"`), `field-` (`"-"`) or
        `:autogenerate`; None where the type has no such modifier."""
        return None


def _check_name(name: str) -> FieldError | None:
    if error := definition.required(name) or definition.length(name, NAME_BYTES_MAX):
        return error
    low = name.lower()
    if name in RESERVED_NAMES or low in ROW_NAMES or low.startswith(OWN_PREFIX):
        return FieldError("validation_not_in_invalid")
    if not _NAME.fullmatch(name):
        return FieldError("validation_match_invalid")
    # Rules read `a_via_b` as the records of `a` that refer here by their field `b`.
    return FieldError("validation_found_via") if "_via_" in low else None


def text_of(wire: Json) -> str:
    """The general cast to text: numbers minimally, booleans by name, containers and null empty."""
    if isinstance(wire, str):
        return wire
    if isinstance(wire, bool):
        return "true" if wire else "false"
    if isinstance(wire, int | float):
        return json.plain_digits(wire)
    return ""


def list_of(wire: Json) -> list[str]:
    """The cast of select, relation and file: texts, without empties and duplicates, in order.

    An item that is a list or an object makes the whole list empty. A text that only begins as a
    JSON list of texts is an item after those that it begins with.
    """
    if wire is None:
        return []
    if isinstance(wire, str):
        if "[" not in wire:
            return [wire] if wire else []
        wire = _parsed_list(wire)
    items = wire if isinstance(wire, list) else [wire]
    if any(isinstance(item, list | dict) for item in items):
        return []
    return [text for text in dict.fromkeys(text_of(item) for item in items) if text]


def _parsed_list(text: str) -> list[Json]:
    try:
        return _texts(text)
    except (msgspec.DecodeError, ValueError):
        begun = _LIST_START.match(text)
    try:
        return [*_texts(f"[{begun[1]}]"), text] if begun else [text]
    except (msgspec.DecodeError, ValueError):  # half a surrogate pair
        return [text]


def _texts(text: str) -> list[Json]:
    return msgspec.json.decode(text, type=list[str | None])
