"""Field values: what a client sends, the value it becomes, and what is said about it."""

import math
from typing import Any, cast

import msgspec
import pytest

from holobase.domain.errors import FieldError
from holobase.domain.fields import (
    AnyField,
    AutodateField,
    BoolField,
    DateField,
    EditorField,
    FileField,
    GeoPointField,
    JsonField,
    NumberField,
    PasswordField,
    RelationField,
    SelectField,
    TextField,
)
from holobase.kit.json import encode


def make(kind: type, **options: Any) -> AnyField:
    return cast(AnyField, kind(id="field1", name="field", **options))


TEXT = make(TextField)
BOUND_TEXT = make(TextField, min=3, max=5, pattern="^a")
FREE_ID = make(TextField, primary_key=True, required=True, pattern="^.+$")
NUMBER = make(NumberField)
BOUND_NUMBER = make(NumberField, min=2, max=1e17, only_int=True)
INTEGER = make(NumberField, only_int=True)
BOOL = make(BoolField)
DATE = make(DateField)
BOUND_DATE = make(DateField, min="2020-01-01T00:00:00.5Z", max="2021-01-01")
ONE = make(SelectField, values=("a", "b"), max_select=1)
ANY_ONE = make(SelectField, values=("a", '["a"'))
MANY = make(SelectField, values=("a", "b", "c", "d"), max_select=2)
RELATION = make(RelationField, collection_id="c1", max_select=1)
RELATIONS = make(RelationField, collection_id="c1", min_select=2, max_select=3)
FILES = make(FileField, max_select=2)
JSON = make(JsonField)
SMALL_JSON = make(JsonField, max_size=10)
POINT = make(GeoPointField)
PASSWORD = make(PasswordField, min=3, max=6, pattern="^a")
EDITOR = make(EditorField, max_size=10)

NOWHERE = {"lon": 0, "lat": 0}


def row(
    field: AnyField, wire: Any, value: Any, code: str | None = None, /, **params: Any
) -> tuple[AnyField, Any, Any, FieldError | None]:
    return field, wire, value, FieldError(code, params) if code else None


TEXTS = [
    row(TEXT, None, ""),
    row(TEXT, " x ", " x "),
    row(TEXT, True, "true"),
    row(TEXT, 1.0, "1"),
    row(TEXT, -0.0, "-0"),
    row(TEXT, 1e-7, "0.0000001"),
    row(TEXT, 1e21, "1000000000000000000000"),
    row(TEXT, 12345678901234567890, "12345678901234567000"),
    row(TEXT, 12345678.5, "12345678.5"),
    row(TEXT, [1], ""),
    row(TEXT, {"a": 1}, ""),
    row(TEXT, "x" * 5001, "x" * 5001, "validation_max_text_constraint", max=5000),
    row(BOUND_TEXT, "", ""),
    row(BOUND_TEXT, "b", "b", "validation_min_text_constraint", min=3),
    row(BOUND_TEXT, "bbbbbb", "bbbbbb", "validation_max_text_constraint", max=5),
    row(BOUND_TEXT, "bbb", "bbb", "validation_invalid_format"),
    row(BOUND_TEXT, "a한한한한", "a한한한한"),
    row(FREE_ID, "ok-1", "ok-1"),
    row(FREE_ID, "a?/b", "a?/b", "validation_forbidden_pk_character", ch="/"),
    row(FREE_ID, "a b", "a b", "validation_forbidden_pk_character", ch=" "),
    row(FREE_ID, "com1", "com1", "validation_reserved_pk", reserved="COM1"),
    row(FREE_ID, "COM0", "COM0"),
    row(EDITOR, "<b>", "<b>"),
    row(EDITOR, "한한한한", "한한한한", "validation_content_size_limit", maxSize=10),
    row(make(EditorField), "x" * 5_242_880, "x" * 5_242_880),
]

NUMBERS = [
    row(NUMBER, None, 0),
    row(NUMBER, "", 0),
    row(NUMBER, True, 1),
    row(NUMBER, 1.5, 1.5),
    row(NUMBER, 2.0, 2),
    row(NUMBER, 9007199254740993, 9007199254740992),
    row(NUMBER, "1e5", 100000),
    row(NUMBER, "+5", 5),
    row(NUMBER, ".5", 0.5),
    row(NUMBER, "5.", 5),
    row(NUMBER, "1_000", 1000),
    row(NUMBER, "1__0", 0),
    row(NUMBER, "_1", 0),
    row(NUMBER, " 1", 0),
    row(NUMBER, "0x10", 0),
    row(NUMBER, "0b1", 0),
    row(NUMBER, "1e400", 0),
    row(NUMBER, "\uff11", 0),
    row(NUMBER, "x", 0),
    row(NUMBER, [1], 0),
    row(NUMBER, {}, 0),
    row(NUMBER, "Infinity", float("inf"), "validation_not_a_number"),
    row(NUMBER, "-Inf", float("-inf"), "validation_not_a_number"),
    row(NUMBER, "+nan", 0),
    row(BOUND_NUMBER, 0, 0),
    row(BOUND_NUMBER, 1, 1, "validation_min_number_constraint", min=2),
    row(BOUND_NUMBER, 1e18, 1e18, "validation_max_number_constraint", max=1e17),
    row(BOUND_NUMBER, 1.6, 1.6, "validation_only_int_constraint"),
    row(INTEGER, -(2**63), -(2.0**63)),
    row(INTEGER, 2**63, 2.0**63, "validation_only_int_constraint"),
    row(make(NumberField, required=True), "x", 0, "validation_required"),
]

BOOLS = [
    *(row(BOOL, wire, True) for wire in (True, 1, 0.5, -1, "1", "t", "T", "TRUE", "True", "true")),
    *(
        row(BOOL, wire, False)
        for wire in (None, False, 0, -0.0, "", "0", "yes", "on", "tRUE", [True], {"a": 1})
    ),
    row(make(BoolField, required=True), False, False, "validation_required"),
]

DATES = [
    row(DATE, "2022-01-01T11:23:45+02:00", "2022-01-01 09:23:45.000Z"),
    row(DATE, 1640995200, ""),
    row(DATE, None, ""),
    row(DATE, ["2022-01-01"], ""),
    row(
        BOUND_DATE,
        "2020-01-01",
        "2020-01-01 00:00:00.000Z",
        "validation_min_greater_equal_than_required",
        threshold="2020-01-01T00:00:00.5Z",
    ),
    row(
        BOUND_DATE,
        "2021-01-01 00:00:00.001Z",
        "2021-01-01 00:00:00.001Z",
        "validation_max_less_equal_than_required",
        threshold="2021-01-01T00:00:00Z",
    ),
    row(BOUND_DATE, "2021-01-01", "2021-01-01 00:00:00.000Z"),
    row(BOUND_DATE, "", ""),
    row(make(DateField, required=True), "soon", "", "validation_required"),
    row(make(AutodateField, on_create=True), "2022-01-01", "2022-01-01 00:00:00.000Z"),
]

LISTS = [
    row(ONE, None, ""),
    row(ONE, {"a": 1}, ""),
    row(ONE, "a", "a"),
    row(ONE, '["a"]', "a"),
    row(ONE, ["a", "b"], "b"),
    row(ONE, ["a", "", "a"], "a"),
    row(ONE, "x", "x", "validation_invalid_value", value="x"),
    row(ONE, 1e21, "1" + "0" * 21, "validation_invalid_value", value="1" + "0" * 21),
    row(ONE, "[1]", "[1]", "validation_invalid_value", value="[1]"),
    row(ONE, '["a"', '["a"', "validation_too_many_values", maxSelect=1),
    row(ONE, '["a",5]', '["a",5]', "validation_too_many_values", maxSelect=1),
    row(ONE, ' ["a", null] x', ' ["a", null] x', "validation_too_many_values", maxSelect=1),
    row(ONE, '["a" "b"', '["a" "b"', "validation_too_many_values", maxSelect=1),
    row(ONE, '["a\\x"', '["a\\x"', "validation_invalid_value", value='["a\\x"'),
    row(ONE, '["\\ud800",5]', '["\\ud800",5]', "validation_invalid_value", value='["\\ud800",5]'),
    row(ONE, "[null,5]", "[null,5]", "validation_invalid_value", value="[null,5]"),
    row(ONE, 'x["a"', 'x["a"', "validation_invalid_value", value='x["a"'),
    row(ONE, ['["a","b"]'], "b"),
    row(ONE, ['["a"'], '["a"', "validation_too_many_values", maxSelect=1),
    row(ANY_ONE, '["a"', '["a"', "validation_too_many_values", maxSelect=1),
    row(MANY, None, []),
    row(MANY, "", []),
    row(MANY, "a", ["a"]),
    row(MANY, '["b","a","b"]', ["b", "a"]),
    row(MANY, ["a", "", "a"], ["a"]),
    row(MANY, '["a",null]', ["a"]),
    row(MANY, ["a", []], []),
    row(MANY, [{"a": 1}, "a"], []),
    row(MANY, ["a", None], ["a"]),
    row(MANY, ["a", "b", "x"], ["a", "b", "x"], "validation_too_many_values", maxSelect=2),
    row(MANY, '["a"', ["a", '["a"'], "validation_invalid_value", value='["a"'),
    row(MANY, '["a","b"]x', ["a", "b", '["a","b"]x'], "validation_too_many_values", maxSelect=2),
    row(MANY, ['["a"'], ['["a"'], "validation_invalid_value", value='["a"'),
    row(MANY, [True], ["true"], "validation_invalid_value", value="true"),
    row(make(SelectField, values=("a",), required=True), [], "", "validation_required"),
    row(RELATION, ["r1", "r2"], "r2"),
    row(RELATION, '["r1"', '["r1"', "validation_too_many_values", maxSelect=1),
    row(RELATIONS, [], []),
    row(RELATIONS, "r1", ["r1"], "validation_not_enough_values", minSelect=2),
    row(RELATIONS, list("abcd"), list("abcd"), "validation_too_many_values", maxSelect=3),
    row(FILES, None, []),
    row(FILES, ["a", "b"], ["a", "b"], "validation_invalid_file", invalidFiles=["a", "b"]),
    row(make(FileField), "a", "a", "validation_invalid_file", invalidFiles=["a"]),
]

JSONS = [
    row(JSON, None, "null"),
    row(JSON, "null", "null"),
    row(JSON, "", '""'),
    row(JSON, "true", "true"),
    row(JSON, "true ", '"true "'),
    row(JSON, "False", '"False"'),
    row(JSON, "test", '"test"'),
    row(JSON, "123", "123"),
    row(JSON, "-456", "-456"),
    row(JSON, "1 ", "1"),
    row(JSON, " 1", '" 1"'),
    row(JSON, "01", '"01"'),
    row(JSON, "-", '"-"'),
    row(JSON, "1.0", "1.0"),
    row(JSON, 1.0, "1"),
    row(JSON, "[1, 2,3]", "[1,2,3]"),
    row(JSON, "[1,2,3", '"[1,2,3"'),
    row(JSON, '{"a":1', '"{\\"a\\":1"'),
    row(JSON, '"x"', '"x"'),
    row(JSON, '{"b":1.0,  "a":12345678901234567890}', '{"b":1.0,"a":12345678901234567890}'),
    row(JSON, {"b": 1.0, "a": 12345678901234567890}, '{"a":12345678901234567000,"b":1}'),
    row(JSON, '["\\u0041\\/\\u003c\\"\\\\"]', '["A/<\\"\\\\"]'),
    row(JSON, "<a>&\u2028", '"<a>&\u2028"'),
    row(JSON, 1e21, "1e+21"),
    row(JSON, '{"a":1,"a":2}', '{"a":1,"a":2}', "validation_invalid_json"),
    row(JSON, '[{"a":1,"a":2}]', '[{"a":1,"a":2}]', "validation_invalid_json"),
    row(JSON, "1e400", "1e400", "validation_invalid_json"),
    row(JSON, '["\\u0000"]', '["\\u0000"]', "validation_invalid_json"),
    row(SMALL_JSON, [1111, 22222], "[1111,22222]", "validation_json_size_limit", maxSize=10),
    *(
        row(make(JsonField, required=True), wire, value, "validation_required")
        for wire, value in ((None, "null"), ("", '""'), ([], "[]"), ("{ }", "{}"))
    ),
    row(make(JsonField, required=True), 0, "0"),
    row(make(JsonField, required=True), False, "false"),
]

POINTS = [
    row(POINT, None, NOWHERE),
    row(POINT, {"lon": 1.5}, {"lon": 1.5, "lat": 0}),
    row(POINT, '{"lon":1,"lat":2} ', {"lon": 1, "lat": 2}),
    row(POINT, {"lon": None, "lat": 3}, {"lon": 0, "lat": 3}),
    row(POINT, {"LON": 1, "lat": 2, "x": 3}, {"lon": 0, "lat": 2}),
    *(
        row(POINT, wire, NOWHERE)
        for wire in (
            "x",
            [1, 2],
            7,
            {"lon": "1", "lat": 2},
            {"lon": 1, "lat": "x"},
            {"lon": True, "lat": 2},
            {"lon": [], "lat": 2},
            {"lon": "", "lat": 2},
            {"lon": False, "lat": 2},
            '{"lon":1,"lon":2}',
        )
    ),
    row(POINT, {"lat": 91, "lon": 200}, {"lon": 200, "lat": 91}, "validation_invalid_latitude"),
    row(POINT, {"lon": -180.1}, {"lon": -180.1, "lat": 0}, "validation_invalid_longitude"),
    row(POINT, {"lon": -180, "lat": 90}, {"lon": -180, "lat": 90}),
    row(make(GeoPointField, required=True), {}, NOWHERE, "validation_required"),
]

PASSWORDS = [
    row(PASSWORD, "", ""),
    row(PASSWORD, "ab", "ab", "validation_min_text_constraint"),
    row(PASSWORD, "abcdefg", "abcdefg", "validation_max_text_constraint"),
    row(PASSWORD, "bcd", "bcd", "validation_invalid_format"),
    row(PASSWORD, "aaa", "aaa"),
    row(make(PasswordField), "x" * 71, "x" * 71),
    row(make(PasswordField), "x" * 72, "x" * 72, "validation_max_text_constraint"),
    row(PASSWORD, "x" * 73, "x" * 73, "validation_invalid_value"),
    row(make(PasswordField), "한" * 25, "한" * 25, "validation_invalid_value"),
    row(make(PasswordField, required=True), "", "", "validation_required"),
]

ROWS = TEXTS + NUMBERS + BOOLS + DATES + LISTS + JSONS + POINTS + PASSWORDS


@pytest.mark.parametrize(("field", "wire", "value", "error"), ROWS)
def test_a_submitted_value_becomes_its_normal_form_and_is_judged(
    field: AnyField, wire: Any, value: Any, error: FieldError | None
) -> None:
    normal = field.normalise(wire)
    assert normal == value
    assert type(normal) is type(value)
    assert field.validate(normal) == error


def test_a_number_that_is_none_is_judged_so() -> None:
    value = NUMBER.normalise("NaN")
    assert math.isnan(value)
    assert NUMBER.validate(value) == FieldError("validation_not_a_number")
    assert NUMBER.to_wire(value) == 0


@pytest.mark.parametrize(
    ("field", "zero"),
    [
        (TEXT, b'""'),
        (NUMBER, b"0"),
        (BOOL, b"false"),
        (DATE, b'""'),
        (ONE, b'""'),
        (MANY, b"[]"),
        (FILES, b"[]"),
        (JSON, b"null"),
        (POINT, b'{"lon":0,"lat":0}'),
        (PASSWORD, b'""'),
    ],
)
def test_the_zero_value_on_the_wire(field: AnyField, zero: bytes) -> None:
    assert encode(field.to_wire(field.zero)) == zero
    assert field.is_zero(field.zero)
    assert field.normalise(None) == field.zero


@pytest.mark.parametrize(
    ("field", "value", "cell"),
    [
        (NUMBER, 1.5, 1.5),
        (BOOL, True, 1),
        (MANY, ["a", "b"], '["a","b"]'),
        (MANY, [], "[]"),
        (ONE, "a", "a"),
        (JSON, "null", None),
        (JSON, '""', '""'),
        (POINT, {"lon": 1e-7, "lat": 0.000001}, '{"lon":1e-7,"lat":0.000001}'),
    ],
)
def test_what_a_column_holds(field: AnyField, value: Any, cell: Any) -> None:
    assert field.to_cell(value) == cell
    assert type(field.to_cell(value)) is type(cell)


def test_a_password_is_never_shown() -> None:
    assert PASSWORD.to_wire("$2b$10$hash") == ""
    assert PASSWORD.from_cell(PASSWORD.to_cell("$2b$10$hash")) == "$2b$10$hash"


@pytest.mark.parametrize(
    ("field", "modifier", "stored", "wire", "after"),
    [
        (NUMBER, "+", 1, 2.5, 3.5),
        (NUMBER, "+", 1.5, "0.5", 2),
        (NUMBER, "-", 1, "x", 1),
        (NUMBER, "-", 1, 3, -2),
        (NUMBER, "+<", 1, 3, None),
        (MANY, "+", ["a"], ["b", "a"], ["a", "b"]),
        (MANY, "+<", ["a"], "b", ["b", "a"]),
        (MANY, "-", ["a", "b"], ["a", "c"], ["b"]),
        (ONE, "+", "a", "b", "b"),
        (ONE, "+<", "a", "b", "a"),
        (ONE, "+<", "", "b", "b"),
        (ONE, "-", "a", "a", ""),
        (ONE, "-", "a", "b", "a"),
        (ONE, ":autogenerate", "a", "b", None),
        (TEXT, ":autogenerate", "a", "b", "b"),
        (TEXT, "+", "a", "b", None),
        (make(TextField, autogenerate_pattern="xyz"), ":autogenerate", "a", "b-", "b-xyz"),
        (JSON, "+", "1", 1, None),
    ],
)
def test_modifiers_make_a_value_of_the_stored_and_the_sent(
    field: AnyField, modifier: str, stored: Any, wire: Any, after: Any
) -> None:
    assert field.apply_modifier(modifier, stored, wire) == after


def test_a_definition_is_picked_by_its_type() -> None:
    wire = b'{"type":"editor","id":"e","name":"body","maxSize":3,"convertURLs":true}'
    field = msgspec.json.decode(wire, type=AnyField)
    assert field == EditorField(id="e", name="body", max_size=3, convert_urls=True)
