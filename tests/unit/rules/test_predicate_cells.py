"""What SQLite makes of single values, memory makes of them too, or says that it cannot tell."""

from collections.abc import Callable, Iterator
from typing import Any

import apsw
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from holobase.domain.fields import Cell
from holobase.rules import predicate_cells as cells
from holobase.rules.predicate_cells import Undecided
from holobase.rules.predicate_like import like

_FLOATS = st.one_of(
    st.floats(allow_nan=False),
    st.integers(-(10**9), 10**9).map(lambda number: number / 1000),
)
_NUMERALS = st.text("0123456789.eE+- \t\v", max_size=8) | st.text("0123456789", min_size=15)
_LETTERS = st.text("aAbBÄäK\u212a%_\\\n.", max_size=8)
_JSON_TEXTS = st.sampled_from(
    [
        *(
            '{"a":1,"a":2}',
            '{"a":1.50}',
            '{"a": 1}',
            '{"\\u0061":1}',
            '{"a":"\\u0041"}',
            '{"a":1e2}',
        ),
        *('{"a":[1,2.5]}', '{"a":{"b":"Ä"}}', '{"a":"x\\"y"}', '{"a":null}', '{"a":true}', "[1,2]"),
        *(
            '{"a":-0}',
            '{"a":99999999999999999999}',
            '"a"',
            "5",
            "null",
            "[1",
            "",
            "a",
            " [1]",
            "[]",
        ),
    ]
)


@pytest.fixture(scope="module")
def ask() -> Iterator[Callable[..., Any]]:
    connection = apsw.Connection(":memory:")

    def answer(expression: str, *values: Cell) -> Any:
        return connection.execute(f"SELECT {expression}", values).get

    yield answer
    connection.close()


def _told(function: Callable[..., Any], *values: Any) -> tuple[Any] | None:
    """What memory says, None where it cannot tell."""
    try:
        return (function(*values),)
    except Undecided:
        return None


@given(_FLOATS)
@example(2 / 3)
@example(85372.8103696173)
@example(-0.0)
def test_a_number_has_sqlites_text(ask: Callable[..., Any], number: float) -> None:
    assert _told(cells.as_text, number) in (None, (ask("?1 || ''", number),))


@pytest.mark.parametrize("number", [0.0, 5.0, -1.5, 0.25, 1e10, 0.001])
def test_ordinary_numbers_have_a_text_in_memory(number: float) -> None:
    assert _told(cells.as_text, number) is not None


@given(_NUMERALS)
def test_a_text_is_cast_to_sqlites_number(ask: Callable[..., Any], text: str) -> None:
    assert _told(cells.cast_number, text) in (None, (ask("CAST(?1 AS NUMERIC)", text),))


@given(_NUMERALS, st.integers(0, 9) | _FLOATS)
def test_a_text_meets_a_column_of_numbers_as_in_sqlite(
    ask: Callable[..., Any], text: str, number: float
) -> None:
    told = _told(lambda: cells.as_number(text) == number)
    assert told in (None, (bool(ask("CAST(?2 AS NUMERIC) = ?1", text, number)),))


@given(_LETTERS)
def test_only_ascii_letters_are_lowered(ask: Callable[..., Any], text: str) -> None:
    assert cells.lower(text) == ask("lower(?1)", text)


@given(_LETTERS, _LETTERS)
@example("a", "a\\")
@example("%", "%\\")
@example("K", "\u212a")
def test_a_text_is_like_what_sqlite_says(ask: Callable[..., Any], text: str, pattern: str) -> None:
    assert like(text, pattern) is bool(ask("?1 LIKE ?2 ESCAPE '\\'", text, pattern))


def test_no_pattern_takes_long() -> None:
    assert like("a" * 100_000, "%a" * 4_000 + "%b") is False
    assert _told(like, "a" * 100_000, "%_a" * 3_000 + "%b") is None
    assert _told(like, "a", "%" * 60_000) is None


@given(_JSON_TEXTS)
def test_a_path_into_json_gives_what_sqlite_extracts(ask: Callable[..., Any], text: str) -> None:
    told = _told(cells.json_value, text, ("a",))
    if told is not None:
        assert told == (ask("json_extract(?1, '$.a')", text),)
    told = _told(cells.json_items, text)
    if told is not None:
        listed = "(SELECT group_concat(quote(value), ' ') FROM json_each(?1))"
        quoted = [ask("quote(?1)", item) for item in told[0]]
        assert (" ".join(quoted) or None) == ask(listed, text)


@given(_JSON_TEXTS)
def test_items_are_counted_as_sqlite_counts_them(ask: Callable[..., Any], text: str) -> None:
    array = "CASE WHEN json_valid(?1) AND json_type(?1) = 'array' THEN json_array_length(?1)"
    counted = ask(f"CASE WHEN ?1 = '' THEN 0 ELSE {array} ELSE 1 END END", text)
    assert _told(cells.item_count, text) in (None, (counted,))
