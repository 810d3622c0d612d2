"""JSON as the wire has it: strict on the way in, one fixed spelling on the way out.

Clients read numbers as float64, so numbers here are float64 too: spelled with the fewest digits
that give the same number back, whole ones without a point, exponents from 1e21 and below 1e-6.
"""

import json as stdlib_json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn, TypeAlias

import msgspec

Json: TypeAlias = Any
"""A decoded JSON value: None, bool, int, float, str, list or dict. Checked where it is used.

Numbers are finite and within float64, texts are without lone surrogates: `decode_strict` says so.
"""

DEPTH_MAX = 200
"""Nesting that a submitted body may have; deeper ones are refused as malformed."""

EXACT_MAX = 2**53
"""Up to here every whole number is a float64; beyond, only some are."""

encode = msgspec.json.Encoder().encode
"""Compact JSON bytes; `<`, `>`, `&` and U+2028 are left as they are."""

decode_list = msgspec.json.Decoder(list[str]).decode
"""Stored JSON text of a list of texts, back to the list."""

_BLANKS = " \t\r\n"
_LONG_NUMBER = re.compile(rb"[0-9]{20}")
# A text without these holds no U+0000, no lone surrogate and no number beyond float64.
_SUSPICIOUS = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|[0-9][eE]|[0-9]{20}")


class MalformedJson(ValueError):
    """The text is not JSON that we accept; `str()` says why, for logs only."""


def decode_strict(data: bytes) -> Json:
    """The first JSON value in `data`; what follows it is not looked at.

    Refuses (MalformedJson) what decoders disagree about: duplicate keys at any depth, invalid
    UTF-8, lone surrogates, U+0000 anywhere, numbers that no float64 can hold, NaN and Infinity.
    """
    try:
        return _decoded_fast(data)
    except _UNDECIDED:
        pass  # the strict decoder knows what follows the first value, and says what is wrong
    try:
        return _decoded(data.decode().lstrip(_BLANKS))[0]
    except (UnicodeError, ValueError, OverflowError, RecursionError) as error:
        raise MalformedJson(str(error)) from error


def decode_whole(text: str) -> Json:
    """The one JSON value that `text` is, blanks around it aside; strict like `decode_strict`."""
    try:
        return _decoded_fast(text.encode())
    except _UNDECIDED:
        pass
    try:
        value, end = _decoded(text.strip(_BLANKS))
    except (UnicodeError, ValueError, OverflowError, RecursionError) as error:
        raise MalformedJson(str(error)) from error
    if end != len(text.strip(_BLANKS)):
        raise MalformedJson("more than one value")
    return value


def _decoded_fast(data: bytes) -> Json:
    """The value, where the slow strict decoder would give the same; else raises `_UNDECIDED`.

    A fast decoder whose result spells back to the same bytes, blanks aside, has hidden nothing: no
    duplicate key, no surrogate; what else there is to refuse shows in the bytes.
    """
    value = msgspec.json.decode(data)
    spelled = encode(value)
    if spelled in (data, msgspec.json.format(data, indent=-1)) and _is_plain(data):
        return value
    raise msgspec.DecodeError


_UNDECIDED = (msgspec.DecodeError, UnicodeError, RecursionError)


def _is_plain(data: bytes) -> bool:
    return (
        data.count(b"[") + data.count(b"{") <= DEPTH_MAX
        and b"\\u0000" not in data
        and not _LONG_NUMBER.search(data)
    )


def _decoded(text: str) -> tuple[Json, int]:
    value, end = _scan.raw_decode(text)
    # Looking into every value costs more than decoding it, and ordinary bodies have nothing to
    # find: the text says so faster.
    if _SUSPICIOUS.search(text) or text.count("[") + text.count("{") > DEPTH_MAX:
        _check(value, 1)
    return value, end


def _without_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("duplicate object key")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJson(f"{name} is not JSON")


_scan = stdlib_json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant
)


def _check(value: Json, depth: int) -> None:
    if depth > DEPTH_MAX and isinstance(value, list | dict):
        raise MalformedJson("nested too deeply")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int | float):
        if not math.isfinite(float(value)):
            raise MalformedJson("number out of range")
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, dict):
        for key, member in value.items():
            _check_text(key)
            _check(member, depth + 1)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise MalformedJson("U+0000 in a text")
    text.encode()  # raises UnicodeEncodeError for a lone surrogate


def is_exact(value: object) -> bool:
    """Whether it is an int that float64 holds exactly: the commonest number, in normal form."""
    return value.__class__ is int and -EXACT_MAX <= value <= EXACT_MAX


def number(value: float) -> int | float:
    """The float64 nearest to `value`, as an int where it is whole and at most `EXACT_MAX`."""
    value = float(value)
    if value.is_integer() and abs(value) <= EXACT_MAX and not _is_minus_zero(value):
        return int(value)
    return value


def plain_digits(value: float) -> str:
    """The fewest decimal digits that give the float64 back, never with an exponent."""
    text = format(Decimal(repr(float(value))), "f")
    return text.removesuffix(".0")


def wire_number(value: float) -> int | float | msgspec.Raw:
    """A number as the wire spells it, ready to encode. Not for NaN and Infinity."""
    if isinstance(value, int) and -EXACT_MAX <= value <= EXACT_MAX:
        return value
    value = float(value)
    size = abs(value)
    if size >= 1e21:
        mantissa, _, exponent = repr(value).partition("e")
        return msgspec.Raw(f"{mantissa.removesuffix('.0')}e+{exponent.lstrip('+')}".encode())
    if value.is_integer() or 1e-6 <= size < 1e-3:
        return msgspec.Raw(plain_digits(value).encode())
    return value


def _is_minus_zero(value: float) -> bool:
    return value == 0 and math.copysign(1, value) < 0


def sorted_wire(value: Json) -> Json:
    """The value with its object keys sorted and its numbers through float64, ready to encode."""
    if isinstance(value, Mapping):
        return {key: sorted_wire(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [sorted_wire(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return wire_number(value)
    return value
