"""What a form's text stands for: forms carry texts only, record fields are more than that."""

import re

from holobase.kit.json import Json, number, plain_digits

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")

DIGITS_MAX = 400
"""Longer texts are no number's shortest spelling: float64 needs no more than 326 characters."""


def infer(text: str) -> Json:
    """`true` and `false` as bool, a number in its shortest spelling as number, else the text.

    `1` and `-2.5` are numbers; `01`, `1.0`, `1e3`, `+1` and `.5` stay texts.
    """
    if text in ("true", "false"):
        return text == "true"
    if len(text) > DIGITS_MAX or not _NUMBER.fullmatch(text):
        return text
    value = float(text)
    return number(value) if plain_digits(value) == text else text
