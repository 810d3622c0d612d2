"""What holds for every field type and every value: nothing fails, nothing is lost."""

from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import given, note
from hypothesis import strategies as st

from holobase.domain.fields import (
    AnyField,
    AutodateField,
    BoolField,
    DateField,
    EditorField,
    EmailField,
    FileField,
    GeoPointField,
    JsonField,
    NumberField,
    PasswordField,
    RelationField,
    SelectField,
    TextField,
    UrlField,
)
from holobase.domain.fields.field import Storage
from holobase.kit.json import encode
from tests.examples import tries

NAMED: dict[str, Any] = {"id": "field1", "name": "field"}
FIELDS: list[AnyField] = [
    TextField(**NAMED),
    EditorField(**NAMED),
    NumberField(**NAMED),
    BoolField(**NAMED),
    EmailField(**NAMED),
    UrlField(**NAMED),
    DateField(**NAMED),
    AutodateField(**NAMED),
    SelectField(**NAMED, values=("a", "b")),
    SelectField(**NAMED, values=("a", "b"), max_select=2),
    FileField(**NAMED),
    FileField(**NAMED, max_select=2),
    RelationField(**NAMED, collection_id="c"),
    RelationField(**NAMED, collection_id="c", max_select=2),
    JsonField(**NAMED),
    PasswordField(**NAMED),
    GeoPointField(**NAMED),
]
SHOWN = [field for field in FIELDS if field.kind != "password"]

NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text() | st.sampled_from(["a", "1e400", "nan", "-inf", "null", '{"a":1,"a":2}', "["])


def as_text(value: Any) -> str:
    """The value as JSON text: what clients send that encode twice."""
    return encode(value).decode()


WIRE = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(TEXTS, inner, max_size=4)
        | st.fixed_dictionaries({"lon": inner, "lat": inner})
        | inner.map(as_text)
    ),
)


EVERY_FIELD = tries(150)
"""Making a value costs far more than showing it to a field: each value is shown to all of them."""


def same(one: Any, other: Any) -> bool:
    return bool(one == other) and type(one) is type(other)


def judged(fields: list[AnyField], wire: Any) -> Iterator[tuple[AnyField, Any]]:
    """Each of the fields with its value of what was sent; but for values that no column takes."""
    for field in fields:
        note(repr(field))
        value = field.normalise(wire)
        if not (field.validate(value) and field.kind in ("json", "number")):
            yield field, value


@EVERY_FIELD
@given(wire=WIRE)
def test_whatever_is_sent_becomes_a_value_that_can_be_judged(wire: Any) -> None:
    for field in FIELDS:
        note(repr(field))
        value = field.normalise(wire)
        field.validate(value)
        if field.is_multiple:
            assert all(isinstance(item, str) and item for item in value)
            assert len(set(value)) == len(value)


@EVERY_FIELD
@given(wire=WIRE)
def test_a_value_sent_back_as_shown_is_the_same_value(wire: Any) -> None:
    for field, value in judged(SHOWN, wire):
        shown = encode(field.to_wire(value))
        again = shown.decode() if isinstance(field, JsonField) else msgspec.json.decode(shown)
        assert same(field.normalise(again), value)


@EVERY_FIELD
@given(wire=WIRE)
def test_an_event_gives_back_the_value_it_was_made_of(wire: Any) -> None:
    for field, value in judged(SHOWN, wire):
        event = encode({"field": field.to_wire(value)})
        raw = msgspec.json.decode(event, type=dict[str, msgspec.Raw])["field"]
        assert same(field.from_event(raw), value)


@EVERY_FIELD
@given(wire=WIRE)
def test_a_column_gives_back_the_value_it_was_given(wire: Any) -> None:
    for field, value in judged(FIELDS, wire):
        cell = field.to_cell(value)
        assert same(field.from_cell(cell), value)
        if field.storage is Storage.JSON:
            assert cell is None or isinstance(cell, str)
        elif field.storage is Storage.NUMBER:
            assert isinstance(cell, int | float)
        elif field.storage is Storage.BOOL:
            assert cell in (0, 1)
        else:
            assert isinstance(cell, str)
