"""What can be told of an SQL statement from its text: how it begins, and how it is remembered."""

import re
from typing import Final

READING: Final = frozenset({"SELECT", "WITH", "VALUES", "EXPLAIN", "PRAGMA"})
"""How statements begin that may only read; stores make sure that they do."""

_COMMENT: Final = re.compile(r"(?:\s|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)+", re.DOTALL)
_WORD: Final = re.compile(r"[A-Za-z]+")
_LITERAL: Final = re.compile(
    r"'(?:[^']|'')*'|(\$\w*\$).*?\1|--[^\n]*|/\*.*?\*/|\b[0-9][0-9a-zA-Z.]*\b", re.DOTALL
)
_HIDDEN: Final = "?"


def begins_with(sql: str) -> str:
    """The first word of a statement in capitals, behind comments and brackets."""
    lead = _COMMENT.match(sql)
    word = _WORD.match(sql, lead.end() if lead else 0)
    return word[0].upper() if word else ""


def without_values(sql: str) -> str:
    """The statement with every value and comment in it replaced: what somebody looked for may be
    personal, where they looked is not."""
    return _LITERAL.sub(_HIDDEN, sql)
