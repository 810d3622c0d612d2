"""Patterns: matching that cannot hang, and generated texts that match."""

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from holobase.domain import patterns

LITERAL = st.sampled_from(
    ["a", "Z", "0", "-", "_", "한", " ", r"\.", r"\[", r"\\", r"\n", "}", ","]
)
CLASS = st.sampled_from(
    [
        "[a-z0-9]",
        "[^x]",
        r"[\w-]",
        r"[^\d]",
        "[]a]",
        "[a\\-z]",
        "[가-힣]",
        "[+--]",
        "[a-]",
        r"[\]^]",
    ]
)
ATOM = LITERAL | CLASS | st.sampled_from([".", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S"])
QUANTIFIER = st.sampled_from(["", "?", "*", "+", "{0}", "{3}", "{2,}", "{1,4}", "*?", "+?", "{2}?"])
PATTERN = st.recursive(
    st.tuples(ATOM, QUANTIFIER).map("".join),
    lambda inner: (
        st.lists(inner, max_size=3).map("".join)
        | st.tuples(st.sampled_from(["(", "(?:"]), inner, st.just(")"), QUANTIFIER).map("".join)
        | st.lists(inner, min_size=2, max_size=3).map("|".join)
    ),
    max_leaves=6,
)


@given(PATTERN)
@example("[가-힣]{3}")  # more characters than a byte has values
@example("(?:" * 20 + "a{0}" + ")+" * 20)  # nothing, many to the 20th times
def test_a_generated_text_is_one_that_the_whole_pattern_matches(pattern: str) -> None:
    try:
        text = patterns.generate(pattern)
    except patterns.UnsupportedPattern as refusal:
        assert "too much" in str(refusal)
        return
    assert patterns.matches(rf"\A(?s:{pattern})\z", text)
    assert len(text) <= patterns.GENERATED_CHARACTERS_MAX


@given(st.text(alphabet="ab01()[]{}^$|?*+.\\-,:dwsbAzpP ", max_size=20))
def test_a_pattern_is_generated_from_or_refused_never_else(pattern: str) -> None:
    try:
        text = patterns.generate(pattern)
    except patterns.UnsupportedPattern:
        return
    if patterns.is_pattern(pattern):
        assert patterns.matches(rf"\A(?s:{pattern})\z", text)


@pytest.mark.parametrize(
    "pattern",
    [
        "^a$",
        r"\bfoo",
        r"\p{Greek}",
        "[[:alpha:]]",
        "(?i)a",
        "(?P<x>a)",
        "(",
        "(a",
        ")",
        "[a",
        "[z-a]",
        "\\",
        "*",
        "a**",
        "a{2,1}",
        "a{2000}",
        "[^\\d\\D]",
        r"\x41",
        "(a{1000}){1000}",
        "((((a{100}){100}){100}){100}){100}",
        "(" * 10_000,
        "a|" * 10_000,
    ],
)
def test_what_cannot_be_generated_from_is_refused_at_once(pattern: str) -> None:
    with pytest.raises(patterns.UnsupportedPattern):
        patterns.generate(pattern)


def test_generated_texts_have_the_lengths_and_characters_asked_for() -> None:
    texts = {patterns.generate("[a-z0-9]{15}") for _ in range(200)}
    assert len(texts) == 200
    assert all(re.fullmatch("[a-z0-9]{15}", text) for text in texts)
    lengths = {len(patterns.generate("x{2,4}")) for _ in range(200)}
    assert lengths == {2, 3, 4}
    assert {patterns.generate("a|(b|c)") for _ in range(200)} == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^a", "ab", True),
        ("b", "abc", True),
        ("^b", "ab", False),
        ("", "x", True),
        ("^한", "한글", True),
    ],
)
def test_patterns_are_searched_for_anywhere(pattern: str, text: str, found: bool) -> None:
    assert patterns.matches(pattern, text) is found


@pytest.mark.parametrize(
    ("pattern", "accepted"),
    [("^[a-z]+$", True), ("", True), ("((", False), ("(?=a)", False), (r"(a)\1", False)],
)
def test_only_re2_patterns_are_patterns(pattern: str, accepted: bool) -> None:
    assert patterns.is_pattern(pattern) is accepted


def test_no_pattern_makes_matching_slow() -> None:
    started = time.perf_counter()
    patterns.matches("^(a+)+$", "a" * 50_000 + "!")
    assert time.perf_counter() - started < 1
