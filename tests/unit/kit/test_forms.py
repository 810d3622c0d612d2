"""Forms: which texts are taken for more than texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holobase.kit import forms, json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ""),
        ("true", True),
        ("false", False),
        ("TRUE", "TRUE"),
        ("1", 1),
        ("-1.5", -1.5),
        ("0", 0),
        ("-0", -0.0),
        ("0.0", "0.0"),
        ("1.0", "1.0"),
        ("01", "01"),
        ("0001", "0001"),
        ("1e5", "1e5"),
        ("+1", "+1"),
        (".5", ".5"),
        ("-", "-"),
        ("1.2.3", "1.2.3"),
        ("Infinity", "Infinity"),
        ("9007199254740993", "9007199254740993"),
        ("\u0663", "\u0663"),
        ("9" * 100_000, "9" * 100_000),
        ("null", "null"),
    ],
)
def test_only_canonical_texts_are_taken_for_values(text: str, value: json.Json) -> None:
    inferred = forms.infer(text)
    assert inferred == value
    assert type(inferred) is type(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_in_its_shortest_spelling_is_that_number(value: float) -> None:
    assert forms.infer(json.plain_digits(value)) == value


@given(st.text())
def test_what_is_inferred_spells_back_to_the_text(text: str) -> None:
    value = forms.infer(text)
    if not isinstance(value, bool | str):
        assert json.plain_digits(value) == text
