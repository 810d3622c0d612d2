"""JSON: what is refused on the way in, and the one spelling on the way out."""

import json as stdlib_json
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holobase.kit import json

FINITE = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | FINITE | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"[1,]",
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"a":1, "\\u0061":2}',
        b'["\xff"]',
        b'["\xed\xa0\x80"]',
        b'["\\ud800"]',
        b'{"\\udfff":1}',
        b'"\\u0000"',
        b'{"a\\u0000":1}',
        b'"\x00"',
        b"1e400",
        b"[-1e309]",
        b"9" * 400,
        b"[" + b"9" * 5000 + b"]",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"[" * 201 + b"]" * 201,
        b"[" * 100_000,
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_decoders_disagree_about_is_refused(body: bytes) -> None:
    with pytest.raises(json.MalformedJson):
        json.decode_strict(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":1}', {"a": 1}),
        (b' \r\n\t{"a" : 1} ', {"a": 1}),
        (b'{"a":1} and more', {"a": 1}),
        (b'{"a":1}{"a"', {"a": 1}),
        (b"null", None),
        (b'["\\ud83d\\ude00","\\\\u0000"]', ["😀", "\\u0000"]),
        (b"12345678901234567890", 12345678901234567890),
        (b"1e5", 1e5),
        (b"[" * 200 + b"]" * 200, stdlib_json.loads("[" * 200 + "]" * 200)),
        (b"[" + b"[]," * 300 + b"[]]", [[]] * 301),
    ],
)
def test_the_first_value_is_decoded_and_the_rest_left_alone(body: bytes, value: json.Json) -> None:
    assert json.decode_strict(body) == value


@given(VALUES)
def test_a_body_means_what_it_says_however_it_is_spelled(value: json.Json) -> None:
    if "\\u0000" in stdlib_json.dumps(value).replace("\\\\", ""):
        return
    spellings = [
        stdlib_json.dumps(value).encode(),
        stdlib_json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(),
        stdlib_json.dumps(value, indent=2).encode(),
    ]
    for spelling in spellings:
        assert json.decode_strict(spelling) == value


@given(st.binary(max_size=40))
def test_no_bytes_fail_otherwise_than_as_malformed(body: bytes) -> None:
    with suppress(json.MalformedJson):
        json.decode_strict(body)


@pytest.mark.parametrize("text", ["1 2", "[1]]", "{} x", "", "01"])
def test_a_whole_text_is_one_value_and_nothing_else(text: str) -> None:
    with pytest.raises(json.MalformedJson):
        json.decode_whole(text)
    assert json.decode_whole(" [1] \n") == [1]


@pytest.mark.parametrize(
    ("value", "spelling"),
    [
        (0, b"0"),
        (1.0, b"1"),
        (-2.5, b"-2.5"),
        (-0.0, b"-0"),
        (2**53, b"9007199254740992"),
        (9223372036854775807, b"9223372036854776000"),
        (12345678901234567890, b"12345678901234567000"),
        (1e20, b"100000000000000000000"),
        (1e21, b"1e+21"),
        (-1.5e300, b"-1.5e+300"),
        (1e-6, b"0.000001"),
        (-1.5e-6, b"-0.0000015"),
        (1.23e-5, b"0.0000123"),
        (0.001, b"0.001"),
        (1e-7, b"1e-7"),
        (1.5e-10, b"1.5e-10"),
        (5e-324, b"5e-324"),
        (1.7976931348623157e308, b"1.7976931348623157e+308"),
    ],
)
def test_numbers_are_spelled_as_javascript_does(value: float, spelling: bytes) -> None:
    assert json.encode(json.wire_number(value)) == spelling


@given(FINITE)
def test_a_spelled_number_reads_back_as_itself(value: float) -> None:
    spelling = json.encode(json.wire_number(value)).decode()
    assert float(spelling) == value
    assert float(json.plain_digits(value)) == value
    assert "e" not in json.plain_digits(value)
    assert ("e" in spelling) == (abs(value) >= 1e21 or 0 < abs(value) < 1e-6)


@pytest.mark.parametrize(
    ("value", "kind"),
    [(1.0, int), (2**53, int), (2**53 + 2, float), (1.5, float), (-0.0, float), (1e300, float)],
)
def test_whole_numbers_are_ints_as_far_as_all_of_them_exist(value: float, kind: type) -> None:
    assert json.number(value) == value
    assert type(json.number(value)) is kind


def test_sorted_values_have_their_keys_in_order_at_every_depth() -> None:
    value = {"b": [{"d": 1.0, "c": True}], "B": 2**60, "a": None}
    spelling = b'{"B":1152921504606847000,"a":null,"b":[{"c":true,"d":1}]}'
    assert json.encode(json.sorted_wire(value)) == spelling


def test_signs_that_html_escapes_are_left_as_they_are() -> None:
    assert json.encode("<a>&\u2028") == '"<a>&\u2028"'.encode()


def test_a_stored_list_of_texts_is_nothing_else() -> None:
    assert json.decode_list('["a","b"]') == ["a", "b"]
    with pytest.raises(msgspec.ValidationError):
        json.decode_list("[1]")
