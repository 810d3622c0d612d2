"""Field definitions: which options make no sense, and under which name that is said."""

from typing import Any

import pytest

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import (
    AutodateField,
    BoolField,
    DateField,
    EditorField,
    EmailField,
    FileField,
    JsonField,
    NumberField,
    PasswordField,
    RelationField,
    SelectField,
    TextField,
    UrlField,
)

TOO_LARGE = 2**53


def low(threshold: float) -> FieldError:
    return FieldError("validation_min_greater_equal_than_required", {"threshold": threshold})


def high(threshold: float) -> FieldError:
    return FieldError("validation_max_less_equal_than_required", {"threshold": threshold})


def too_long(longest: int) -> FieldError:
    return FieldError("validation_length_out_of_range", {"min": 1, "max": longest})


REQUIRED = FieldError("validation_required")
NO_REGEX = FieldError("validation_invalid_regex")
NO_DOMAIN = FieldError("validation_is_domain")
NOT_MATCHING = FieldError("validation_match_invalid")
LISTED = FieldError("validation_not_in_invalid")
EMPTY = FieldError("validation_empty")
NOT_WHOLE = FieldError("validation_only_int_constraint")
BAD_SAMPLE = FieldError("validation_invalid_autogenerate_pattern_value")
UNSUPPORTED = FieldError("validation_invalid_autogenerate_pattern")
FINE: ErrorTree = {}


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", REQUIRED),
        ("a" * 101, too_long(100)),
        ("a-b", NOT_MATCHING),
        ("한글", NOT_MATCHING),
        ("a\n", NOT_MATCHING),
        ("null", LISTED),
        ("_rowid_", LISTED),
        ("collectionId", LISTED),
        ("expand", LISTED),
        ("a_VIA_b", FieldError("validation_found_via")),
        ("Null", None),
        ("a" * 100, None),
    ],
)
def test_a_field_name_is_a_word_of_its_own(name: str, error: FieldError | None) -> None:
    expected = {"name": error} if error else {}
    assert BoolField(id="x", name=name).check_definition() == expected


@pytest.mark.parametrize(
    ("kind", "options", "errors"),
    [
        (BoolField, {"id": ""}, {"id": REQUIRED}),
        (BoolField, {"id": "x" * 101}, {"id": too_long(100)}),
        (BoolField, {"help": "x" * 300}, FINE),
        (BoolField, {"help": "한" * 101}, {"help": too_long(300)}),
        (TextField, {"min": 2, "max": 2}, FINE),
        (TextField, {"min": -1}, {"min": low(0)}),
        (TextField, {"max": -1}, {"max": low(0)}),
        (TextField, {"min": 5}, FINE),
        (TextField, {"min": 5, "max": 3}, {"max": low(5)}),
        (TextField, {"min": TOO_LARGE}, {"min": high(TOO_LARGE - 1)}),
        (TextField, {"max": TOO_LARGE}, {"max": high(TOO_LARGE - 1)}),
        (TextField, {"pattern": "(("}, {"pattern": NO_REGEX}),
        (TextField, {"pattern": "(?=a)"}, {"pattern": NO_REGEX}),
        (TextField, {"autogenerate_pattern": "(("}, {"autogeneratePattern": NO_REGEX}),
        (TextField, {"autogenerate_pattern": "^a$"}, {"autogeneratePattern": UNSUPPORTED}),
        (TextField, {"autogenerate_pattern": "[a-z]{3}"}, FINE),
        (
            TextField,
            {"autogenerate_pattern": "a{3}", "min": 5},
            {"autogeneratePattern": BAD_SAMPLE},
        ),
        (
            TextField,
            {"autogenerate_pattern": "a{6}", "max": 5},
            {"autogeneratePattern": BAD_SAMPLE},
        ),
        (
            TextField,
            {"autogenerate_pattern": "a", "pattern": "^b"},
            {"autogeneratePattern": BAD_SAMPLE},
        ),
        (
            TextField,
            {"primary_key": True, "hidden": True},
            {
                "name": FieldError("validation_in_invalid"),
                "pattern": REQUIRED,
                "hidden": EMPTY,
                "required": REQUIRED,
            },
        ),
        (
            TextField,
            {"primary_key": True, "name": "id", "pattern": "^[a-z0-9]+$", "required": True},
            FINE,
        ),
        (EditorField, {"max_size": -1}, {"maxSize": low(0)}),
        (EditorField, {"max_size": TOO_LARGE}, {"maxSize": high(TOO_LARGE - 1)}),
        (JsonField, {"max_size": -1}, {"maxSize": low(0)}),
        (NumberField, {"min": 5, "max": 5}, FINE),
        (
            NumberField,
            {"min": 5, "max": 3},
            {"max": FieldError("validation_min_number_constraint", {"min": 5})},
        ),
        (NumberField, {"min": 1.5, "max": 3.5}, FINE),
        (
            NumberField,
            {"min": 1.5, "max": 3.5, "only_int": True},
            {"min": NOT_WHOLE, "max": NOT_WHOLE},
        ),
        (NumberField, {"max": 1e21, "only_int": True}, {"max": NOT_WHOLE}),
        (EmailField, {"only_domains": ("a.b", "x y")}, {"onlyDomains": {"1": NO_DOMAIN}}),
        (
            UrlField,
            {
                "except_domains": (
                    "1.2.3.4",
                    "a.b",
                    "localhost",
                    "x_y.z",
                    "한국.kr",
                    "a.b.",
                    "a.b:80",
                )
            },
            {"exceptDomains": dict.fromkeys("023456", NO_DOMAIN)},
        ),
        (
            EmailField,
            {"only_domains": ("a.b",), "except_domains": ("c.d",)},
            {"onlyDomains": EMPTY, "exceptDomains": EMPTY},
        ),
        (DateField, {"min": "x", "max": "2020-01-01"}, FINE),
        (AutodateField, {}, {"onCreate": REQUIRED, "onUpdate": REQUIRED}),
        (AutodateField, {"on_update": True}, FINE),
        (SelectField, {}, {"values": REQUIRED}),
        (SelectField, {"values": ("a",), "max_select": 2}, {"maxSelect": high(1)}),
        (SelectField, {"values": ("a",), "max_select": -1}, {"maxSelect": low(0)}),
        (FileField, {"max_size": -1, "max_select": -1}, {"maxSize": low(0), "maxSelect": low(0)}),
        (
            FileField,
            {"thumbs": ("1x1", "x", "0x0", "0x0t", "10x10z", "0x5f")},
            {"thumbs": {"1": NOT_MATCHING, "2": LISTED, "3": LISTED, "4": NOT_MATCHING}},
        ),
        (RelationField, {"collection_id": ""}, {"collectionId": REQUIRED}),
        (RelationField, {"collection_id": "c", "min_select": -1}, {"minSelect": low(0)}),
        (RelationField, {"collection_id": "c", "max_select": -1}, {"maxSelect": low(0)}),
        (RelationField, {"collection_id": "c", "min_select": 3}, {"maxSelect": REQUIRED}),
        (
            RelationField,
            {"collection_id": "c", "min_select": 3, "max_select": 2},
            {"maxSelect": low(3)},
        ),
        (PasswordField, {"min": 8, "max": 71, "cost": 4}, FINE),
        (PasswordField, {"min": -1}, {"min": low(1)}),
        (PasswordField, {"min": 72}, {"min": high(71)}),
        (PasswordField, {"max": 72}, {"max": high(71)}),
        (PasswordField, {"max": -1}, {"max": low(0)}),
        (PasswordField, {"min": 10, "max": 5}, {"max": low(10)}),
        (PasswordField, {"cost": 3}, {"cost": low(4)}),
        (PasswordField, {"cost": 32}, {"cost": high(31)}),
        (PasswordField, {"pattern": "(("}, {"pattern": NO_REGEX}),
    ],
)
def test_options_that_make_no_sense_are_named_as_on_the_wire(
    kind: type, options: dict[str, Any], errors: ErrorTree
) -> None:
    assert kind(**{"id": "field1", "name": "field", **options}).check_definition() == errors


def test_a_date_limit_that_is_no_date_is_no_limit() -> None:
    field = DateField(id="x", name="x", min="whenever", max="2020-01-01")
    assert (field.min, field.max) == ("", "2020-01-01 00:00:00.000Z")
