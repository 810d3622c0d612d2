"""First stage: text to tokens. Knows quoting, comments and which characters go together.

One regular expression without overlapping alternatives, so the time is linear in the text.
"""

import re
from enum import Enum

import msgspec

from holobase.rules.errors import RuleError


class Kind(Enum):
    """What a token is; `END` follows the last one."""

    IDENTIFIER = "identifier"
    FUNCTION = "function"  # the name; its opening parenthesis is part of the token
    NUMBER = "number"
    TEXT = "text"
    OPERATOR = "operator"
    JOIN = "join"
    OPEN = "("
    CLOSE = ")"
    COMMA = ","
    END = "end"


class Token(msgspec.Struct, frozen=True):
    """`value` is the text of the token: unescaped for texts, the bare name for functions."""

    kind: Kind
    value: str
    position: int


OPERATORS = frozenset(
    any_mark + operator
    for any_mark in ("", "?")
    for operator in ("=", "!=", ">", ">=", "<", "<=", "~", "!~")
)
JOINS = frozenset({"&&", "||"})

_SKIPPED = re.compile(r"(?:[ \t\n]+|//[^\n]*)+")
_TOKEN = re.compile(
    r"""(?P<function>[A-Za-z_@\#][A-Za-z0-9_.:]*)\(
    |(?P<identifier>[A-Za-z_@\#][A-Za-z0-9_.:]*)
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?)
    |(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<operator>[=?!<>~]+)
    |(?P<join>[&|]+)
    |(?P<open>\()|(?P<close>\))|(?P<comma>,)""",
    re.VERBOSE | re.DOTALL,
)
_PUNCTUATION = {"open": Kind.OPEN, "close": Kind.CLOSE, "comma": Kind.COMMA}
_ESCAPE = re.compile(r"\\([\\'\"nrt])")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def tokens(text: str) -> list[Token]:
    """The tokens of the text, closed by one of kind `END`. Raises RuleError."""
    found: list[Token] = []
    position = _skip(text, 0)
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise RuleError(_complaint(text[position]), position)
        found.append(_token(match))
        position = _skip(text, match.end())
    found.append(Token(Kind.END, "", len(text)))
    return found


def _skip(text: str, position: int) -> int:
    match = _SKIPPED.match(text, position)
    return match.end() if match else position


def _complaint(character: str) -> str:
    if character in "'\"":
        return "This text is never closed."
    return "This character has no meaning here."


def _token(match: re.Match[str]) -> Token:
    group = str(match.lastgroup)
    value, position = match.group(group), match.start()
    if group in _PUNCTUATION:
        return Token(_PUNCTUATION[group], value, position)
    kind = Kind(group)
    if kind is Kind.TEXT:
        value = _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), value[1:-1])
    elif kind in (Kind.IDENTIFIER, Kind.FUNCTION):
        _check_name(value, position)
    elif kind is Kind.OPERATOR and value not in OPERATORS:
        raise RuleError("There is no such operator.", position)
    elif kind is Kind.JOIN and value not in JOINS:
        raise RuleError("Conditions are joined by && or ||.", position)
    return Token(kind, value, position)


def _check_name(name: str, position: int) -> None:
    if name[-1] in ".:" or name in ("_", "@", "#"):
        raise RuleError("This name is incomplete.", position)
