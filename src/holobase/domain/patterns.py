"""User patterns: RE2 (no input can make it hang) and texts generated from simple patterns.

Generated texts are as unguessable as the pattern allows: every choice is cryptographic.
"""

import re
import secrets
import string
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import re2

from holobase.kit.ids import LOWER_ALPHANUMERIC, random_text

IDS = "^[a-z0-9]+$"
"""The pattern of record ids, unless somebody gives another."""

PATTERNS_CACHED_MAX = 500

REPEATS_UNBOUNDED = 10
"""How many copies `*`, `+` and `{n,}` make at most beyond their least number."""

REPEATS_MAX = 1000
"""The largest number in braces, which is RE2's own limit."""

GENERATED_CHARACTERS_MAX = 10_000
"""A pattern that could generate more is refused; nested repeats multiply."""

PATTERN_CHARACTERS_MAX = 10_000
"""Longer patterns are not generated from."""

NESTING_MAX = 50
"""Groups within groups."""


class UnsupportedPattern(ValueError):
    """The pattern has something to generate from that is not in the subset of `generate`."""


@lru_cache(maxsize=PATTERNS_CACHED_MAX)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def is_pattern(pattern: str) -> bool:
    """Whether RE2 accepts the pattern."""
    try:
        _compiled(pattern)
    except re2.error:
        return False
    return True


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text."""
    if pattern == IDS:  # as most texts with a pattern are; RE2 takes twenty times as long
        return bool(text) and not text.strip(LOWER_ALPHANUMERIC)
    return _compiled(pattern).search(text) is not None


def generate(pattern: str) -> str:
    """A random text that the whole pattern matches.

    Knows literals, `.`, classes with ranges and `^`, `\\d \\w \\s` and their opposites, groups,
    alternation and the quantifiers `? * + {n} {n,} {n,m}`, all over printable ASCII. Raises
    UnsupportedPattern for anything else.
    """
    return _generator(pattern)()


_Generator: TypeAlias = Callable[[], str]

_PRINTABLE = string.digits + string.ascii_letters + string.punctuation + " "
_WORD = string.ascii_letters + string.digits + "_"
_SETS = {"d": string.digits, "w": _WORD, "s": " \t\n\f\r"}
_BRACES = re.compile(r"\{([0-9]{1,4})(,([0-9]{1,4})?)?\}")
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}


def _without(characters: str) -> str:
    return "".join(c for c in _PRINTABLE if c not in characters)


@lru_cache(maxsize=PATTERNS_CACHED_MAX)
def _generator(pattern: str) -> _Generator:
    if len(pattern) > PATTERN_CHARACTERS_MAX:
        raise UnsupportedPattern("pattern too long")
    reader = _Reader(pattern)
    generator, _ = reader.alternatives()
    if reader.rest:
        raise UnsupportedPattern("unbalanced parenthesis")
    return generator


class _Reader:
    """Reads a pattern from left to right into generators and the longest texts they can make."""

    def __init__(self, pattern: str) -> None:
        self.rest = pattern
        self._depth = 0

    def alternatives(self) -> tuple[_Generator, int]:
        """Branches parted by `|`, to the end or to the closing parenthesis."""
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        generators = [generator for generator, _ in branches]
        if len(generators) == 1:
            return branches[0]

        def one_of_them() -> str:
            return secrets.choice(generators)()

        return one_of_them, max(longest for _, longest in branches)

    def _sequence(self) -> tuple[_Generator, int]:
        parts: list[_Generator] = []
        longest = 0
        while self.rest and self.rest[0] not in "|)":
            generator, size = self._repeated(*self._one())
            parts.append(generator)
            longest += size
            if longest > GENERATED_CHARACTERS_MAX:
                raise UnsupportedPattern("generates too much")
        return lambda: "".join(part() for part in parts), longest

    def _repeated(self, one: _Generator, size: int) -> tuple[_Generator, int]:
        least, most = self._quantifier()
        if (least, most) == (1, 1):
            return one, size
        self._take("?")  # lazy or greedy makes no difference to what can be generated
        if size * most == 0:  # repeating nothing adds no text, but nested it would add up to hours
            return str, 0
        spread = most - least + 1
        if isinstance(one, _Choice):
            characters = one.characters
            if spread == 1:
                return lambda: random_text(least, characters), most
            return lambda: random_text(least + secrets.randbelow(spread), characters), most
        return (
            lambda: "".join(one() for _ in range(least + secrets.randbelow(spread))),
            size * most,
        )

    def _quantifier(self) -> tuple[int, int]:
        if self._take("?"):
            return 0, 1
        if self._take("*"):
            return 0, REPEATS_UNBOUNDED
        if self._take("+"):
            return 1, 1 + REPEATS_UNBOUNDED
        if found := _BRACES.match(self.rest):
            self.rest = self.rest[found.end() :]
            least = int(found[1])
            most = least if found[2] is None else int(found[3] or least + REPEATS_UNBOUNDED)
            if not least <= most <= REPEATS_MAX + REPEATS_UNBOUNDED:
                raise UnsupportedPattern("bad repeat")
            return least, most
        return 1, 1

    def _one(self) -> tuple[_Generator, int]:
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            return _choice_of(self._class())
        if character == ".":
            return _choice_of(_PRINTABLE)
        if character == "\\":
            return _choice_of(self._escape())
        if character in "^$*+?":
            raise UnsupportedPattern(f"unexpected {character}")
        return _choice_of(character)

    def _group(self) -> tuple[_Generator, int]:
        if not self._take("?:") and self.rest.startswith("?"):
            raise UnsupportedPattern("only plain groups")
        self._depth += 1
        if self._depth > NESTING_MAX:
            raise UnsupportedPattern("nested too deeply")
        inner = self.alternatives()
        if not self._take(")"):
            raise UnsupportedPattern("missing )")
        self._depth -= 1
        return inner

    def _class(self) -> str:
        negated = self._take("^")
        characters = ""
        first = True
        while first or not self.rest.startswith("]"):
            first = False
            if self.rest.startswith("[:"):
                raise UnsupportedPattern("named class")
            characters += self._class_item()
        self._take("]")
        return _without(characters) if negated else "".join(dict.fromkeys(characters))

    def _class_item(self) -> str:
        low = self._class_character()
        if len(low) > 1 or not self.rest.startswith("-") or self.rest.startswith("-]"):
            return low
        self._take("-")
        high = self._class_character()
        if len(high) > 1 or not low <= high:
            raise UnsupportedPattern("bad range")
        return "".join(map(chr, range(ord(low), ord(high) + 1)))

    def _class_character(self) -> str:
        character = self._next()
        return self._escape() if character == "\\" else character

    def _escape(self) -> str:
        character = self._next()
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character in _SETS:
            return _SETS[character]
        if character.lower() in _SETS:
            return _without(_SETS[character.lower()])
        if character.isalnum():
            raise UnsupportedPattern(f"escape {character}")
        return character

    def _next(self) -> str:
        if not self.rest:
            raise UnsupportedPattern("unexpected end")
        character, self.rest = self.rest[0], self.rest[1:]
        return character

    def _take(self, expected: str) -> bool:
        if not self.rest.startswith(expected):
            return False
        self.rest = self.rest[len(expected) :]
        return True


def _choice_of(characters: str) -> tuple[_Generator, int]:
    if not characters:
        raise UnsupportedPattern("nothing to choose from")
    return _Choice(characters), 1


class _Choice:
    """One character out of several; repeated ones share their randomness."""

    def __init__(self, characters: str) -> None:
        self.characters = characters

    def __call__(self) -> str:
        return random_text(1, self.characters)
