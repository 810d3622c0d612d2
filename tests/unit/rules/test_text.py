"""Tokens, precedence and LIKE patterns: what the text says before names mean anything."""

import pytest

from holobase.rules.lexer import Kind, tokens
from holobase.rules.like import like_pattern
from holobase.rules.parser import parse
from holobase.rules.syntax import Branch


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("abc", "%abc%"),
        ("ab%c", "ab%c"),
        (r"ab\%c", r"%ab\%c%"),
        (r"%ab\%c", r"%ab\%c"),
        (r"ab\\%c", r"ab\\%c"),
        (r"ab\\\%c", r"%ab\\\%c%"),
        ("ab_c", r"%ab\_c%"),
        (r"ab\_c", r"%ab\_c%"),
        ("%ab_c", "%ab_c"),
        (r"ab\c", r"%ab\\c%"),
        (r"_ab\c_", r"%\_ab\\c\_%"),
        (r"ab\c%", r"ab\c%"),
        ("", "%%"),
        ("\\", r"%\\%"),
        ("a\nb%", "a\nb%"),
    ],
)
def test_a_value_without_a_wildcard_becomes_a_contains_pattern(value: str, pattern: str) -> None:
    assert like_pattern(value) == pattern


@pytest.mark.parametrize(
    ("quoted", "value"),
    [
        (r"'a\'b'", "a'b"),
        (r'"a\'b"', "a'b"),
        (r"'a\\'", "a\\"),
        (r"'a\nb\r\t'", "a\nb\r\t"),
        (r"'\%\_\c'", r"\%\_\c"),
        (r"'\\\\%'", r"\\%"),
        ("'two\nlines'", "two\nlines"),
        ("'// no comment'", "// no comment"),
        ("'é\r'", "é\r"),
    ],
)
def test_a_text_is_unescaped(quoted: str, value: str) -> None:
    (token, end) = tokens(quoted)
    assert (token.kind, token.value, end.kind) == (Kind.TEXT, value, Kind.END)


def test_tokens_know_their_kind_and_place() -> None:
    found = tokens("a.b:c ?!= -1.50 // x\n&& (strftime('%Y',@now)>\"2\")")
    assert [(token.kind, token.value, token.position) for token in found] == [
        (Kind.IDENTIFIER, "a.b:c", 0),
        (Kind.OPERATOR, "?!=", 6),
        (Kind.NUMBER, "-1.50", 10),
        (Kind.JOIN, "&&", 21),
        (Kind.OPEN, "(", 24),
        (Kind.FUNCTION, "strftime", 25),
        (Kind.TEXT, "%Y", 34),
        (Kind.COMMA, ",", 38),
        (Kind.IDENTIFIER, "@now", 39),
        (Kind.CLOSE, ")", 43),
        (Kind.OPERATOR, ">", 44),
        (Kind.TEXT, "2", 45),
        (Kind.CLOSE, ")", 48),
        (Kind.END, "", 49),
    ]


def _shape(tree: object) -> str:
    if isinstance(tree, Branch):
        joined = (" & " if tree.is_all else " | ").join(_shape(item) for item in tree.items)
        return f"({joined})"
    return str(tree.left.value)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("'a'=1 || 'b'=1 && 'c'=1", "(a | (b & c))"),
        ("'a'=1 && 'b'=1 || 'c'=1", "((a & b) | c)"),
        ("('a'=1 || 'b'=1) && 'c'=1", "((a | b) & c)"),
        ("'a'=1 ('b'=1)", "(a & b)"),
        ("'a'=1 || 'b'=1 ('c'=1 || 'd'=1)", "(a | (b & (c | d)))"),
        ("((('a'=1)))", "a"),
    ],
)
def test_and_binds_tighter_than_or(text: str, shape: str) -> None:
    assert _shape(parse(text)) == shape
