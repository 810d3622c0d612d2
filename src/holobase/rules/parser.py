"""Second stage: tokens to a tree of comparisons. Bounded in depth and in number."""

import math
from typing import Final

from holobase.rules.errors import RuleError
from holobase.rules.lexer import Kind, Token, tokens
from holobase.rules.syntax import (
    Branch,
    Call,
    Comparison,
    Identifier,
    Number,
    Text,
    Written,
    branch,
)

COMPARISONS_MAX: Final = 200
"""Comparisons in one expression; the limit of the wire for filters and rules alike."""

NESTING_MAX: Final = 32
"""Parentheses inside parentheses: keeps every stage after this one within Python's stack."""

ARGUMENTS_MAX: Final = 10
"""Arguments of a function call; no function takes more."""


def parse(text: str, comparisons_max: int = COMPARISONS_MAX) -> Branch[Comparison] | Comparison:
    """The tree of the text; `&&` binds tighter than `||`. Raises RuleError."""
    parser = _Parser(tokens(text), comparisons_max)
    tree = parser.expression(0)
    if parser.next.kind is not Kind.END:
        raise RuleError("Conditions are joined by && or ||.", parser.next.position)
    return tree


class _Parser:
    def __init__(self, found: list[Token], comparisons_max: int) -> None:
        self._tokens = found
        self._at = 0
        self._comparisons_left = comparisons_max

    @property
    def next(self) -> Token:
        return self._tokens[self._at]

    def _is_next(self, kind: Kind) -> bool:
        return self._tokens[self._at].kind is kind

    def _take(self) -> Token:
        token = self.next
        self._at += 1
        return token

    def expression(self, depth: int) -> Branch[Comparison] | Comparison:
        alternatives = [[self._item(depth)]]
        while True:
            # A group right after an item needs no join: it is ANDed.
            if self._is_next(Kind.JOIN):
                if self._take().value == "||":
                    alternatives.append([])
            elif not self._is_next(Kind.OPEN):
                break
            alternatives[-1].append(self._item(depth))
        return branch(False, [branch(True, items) for items in alternatives])

    def _item(self, depth: int) -> Branch[Comparison] | Comparison:
        if not self._is_next(Kind.OPEN):
            return self._comparison()
        if depth >= NESTING_MAX:
            raise RuleError("The parentheses are nested too deeply.", self.next.position)
        self._take()
        inner = self.expression(depth + 1)
        if not self._is_next(Kind.CLOSE):
            raise RuleError("A closing parenthesis is missing.", self.next.position)
        self._take()
        return inner

    def _comparison(self) -> Comparison:
        start = self.next.position
        if self._comparisons_left <= 0:
            raise RuleError("There are too many comparisons.", start)
        self._comparisons_left -= 1
        left = self._operand()
        if not self._is_next(Kind.OPERATOR):
            raise RuleError("A comparison operator is missing.", self.next.position)
        operator = self._take().value
        return Comparison(left, operator, self._operand())

    def _operand(self) -> Written:
        if self._is_next(Kind.FUNCTION):
            return self._call()
        return self._plain()

    def _plain(self) -> Identifier | Number | Text:
        token = self.next
        if token.kind is Kind.IDENTIFIER:
            self._take()
            return Identifier(token.value, token.position)
        if token.kind is Kind.TEXT:
            self._take()
            return Text(token.value, token.position)
        if token.kind is Kind.NUMBER:
            self._take()
            return Number(_number(token), token.position)
        raise RuleError("A name, number or text is missing.", token.position)

    def _call(self) -> Call:
        name = self._take()
        arguments: list[Identifier | Number | Text] = []
        while not self._is_next(Kind.CLOSE):
            if len(arguments) == ARGUMENTS_MAX:
                raise RuleError("The function has too many arguments.", self.next.position)
            arguments.append(self._plain())
            if self._is_next(Kind.CLOSE):
                break
            if not self._is_next(Kind.COMMA):
                raise RuleError("Arguments are separated by commas.", self.next.position)
            self._take()
        self._take()
        return Call(name.value, tuple(arguments), name.position)


def _number(token: Token) -> float:
    value = float(token.value)
    if not math.isfinite(value):
        raise RuleError("This number is too large.", token.position)
    return value
