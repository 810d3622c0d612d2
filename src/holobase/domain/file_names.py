"""The names under which files are stored: readable, safe in every path, and impossible to guess."""

import re

from holobase.kit import ids

ORIGINAL_BYTES_MAX = 300
"""Bytes of a client's name that are looked at, from its end."""

BASE_LENGTH_MIN, BASE_LENGTH_MAX = 3, 100
"""A shorter base gets random characters behind it, a longer one is cut."""

EXTENSION_LENGTH_MAX = 20
"""Characters of an extension that are kept, from its end."""

RANDOM_LENGTH = 10
"""Random characters in every name: 10**15 guesses for one file of a known record."""

NAME_LENGTH_MAX = 150
"""What the reference allows; ours are shorter by construction."""

_NOT_IN_EXTENSION = re.compile(r"[^\w.*\-+=#]", re.ASCII)
_BETWEEN_WORDS = re.compile(r"[\W_]+", re.ASCII)
_NEW_WORD = re.compile(r"(?<=[^A-Z])(?=[A-Z])")


def stored_name(original: str, detected_extension: str) -> str:
    """A new name for a file that a client calls `original`; the extension that its content has is
    for names without one."""
    name = original.encode()[-ORIGINAL_BYTES_MAX:].decode(errors="ignore")
    extension = _extension(name)
    base = snake_case(name.removesuffix(extension))
    if len(base) < BASE_LENGTH_MIN:
        base += _random()
    letters = _NOT_IN_EXTENSION.sub("", extension).strip(".")
    kept = f".{letters}" if letters else detected_extension
    if len(kept) > EXTENSION_LENGTH_MAX:
        kept = "." + kept[-EXTENSION_LENGTH_MAX:]
    return f"{base[:BASE_LENGTH_MAX]}_{_random()}{kept}"


def _extension(name: str) -> str:
    """What follows the last dot but one, or the only one, the dot included."""
    parts = name.rsplit(".", 2)
    return "." + ".".join(parts[1:]) if len(parts) > 1 else ""


def snake_case(text: str) -> str:
    """The words of a text in small letters, with one underscore between them."""
    words = (_NEW_WORD.sub("_", word) for word in _BETWEEN_WORDS.split(text) if word)
    return "_".join(words).lower()


def _random() -> str:
    return ids.random_text(RANDOM_LENGTH, ids.LOWER_ALPHANUMERIC)
