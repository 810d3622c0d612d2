"""JSON as the wire has it: strict on the way in, one fixed spelling on the way out."""

import json as stdlib_json
import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

Json: TypeAlias = Any
"""A decoded JSON value: None, bool, int, float, str, list or dict. Checked where it is used."""

DEPTH_MAX = 200
"""Nesting that a submitted body may have; deeper ones are refused as malformed."""

encode = msgspec.json.Encoder().encode
_scan = stdlib_json.JSONDecoder(object_pairs_hook=lambda pairs: _without_duplicates(pairs))


class MalformedJson(ValueError):
    """The text is not JSON that we accept; `str()` says why, for logs only."""


def decode_strict(data: bytes) -> Json:
    """The first JSON value in `data`.

    Refuses (MalformedJson) what decoders disagree about: duplicate keys at any depth, invalid
    UTF-8, lone surrogates, U+0000 anywhere, numbers that no float64 can hold, NaN and Infinity.
    """
    try:
        text = data.decode("utf-8").lstrip(" \t\r\n")
        value, _ = _scan.raw_decode(text)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise MalformedJson(str(error)) from error
    _check(value, 0)
    return value


def _without_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("duplicate object key")
    return members


def _check(value: Json, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise MalformedJson("nested too deeply")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise MalformedJson("number out of range")
    elif isinstance(value, int):
        _check_integer(value)
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
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise MalformedJson("lone surrogate") from error


def _check_integer(value: int) -> None:
    try:
        float(value)
    except OverflowError as error:
        raise MalformedJson("number out of range") from error


def number(value: float) -> int | float:
    """The same number, as an int where it has no fraction and a 64-bit integer can hold it."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value) if value or math.copysign(1, value) > 0 else value
    return value


def wire_number(value: float) -> int | float | msgspec.Raw:
    """A number as the wire spells it: whole ones without a point, exponents from 1e21 and 1e-7."""
    if isinstance(value, int):
        return value
    size = abs(value)
    if value.is_integer() and size < 1e21:
        return int(value) if value or math.copysign(1, value) > 0 else msgspec.Raw(b"-0")
    if 1e-6 <= size < 1e-5:
        return msgspec.Raw(_plain(value))
    if size >= 1e21:
        mantissa, _, exponent = repr(value).partition("e")
        return msgspec.Raw(f"{mantissa}e+{exponent.lstrip('+')}".encode())
    return value


def _plain(value: float) -> bytes:
    sign = "-" if value < 0 else ""
    digits = repr(abs(value)).partition("e")[0].replace(".", "")
    return f"{sign}0.00000{digits.rstrip('0') or '0'}".encode()


def sorted_wire(value: Json) -> Json:
    """The value with its object keys sorted and its numbers through float64, ready to encode."""
    if isinstance(value, Mapping):
        return {key: sorted_wire(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [sorted_wire(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return wire_number(float(value))
    if isinstance(value, float):
        return wire_number(value)
    return value


decode_list = msgspec.json.Decoder(list[str]).decode
"""Stored JSON text of a list of texts, back to the list."""
