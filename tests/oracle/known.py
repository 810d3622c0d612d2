"""Differences on purpose: how the rows of docs/deviations.md that show up here are recognised."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.oracle.sides import Answer, Question

PAGE = Path(__file__).parents[2] / "docs" / "deviations.md"

Recognise = Callable[[str, Answer, Answer], bool]
"""Told the whole question as text, the answer of PocketBase and ours."""


def _mentions(pattern: str) -> Recognise:
    found = re.compile(pattern)
    return lambda text, _theirs, _ours: bool(found.search(text))


KNOWN: Final[dict[str, Recognise]] = {
    "date literals in filters": _mentions(r"\d{4}-\d\d-\d\dT\d\d:\d\d"),
    "a modifier on a JSON path, as in `meta.a:lower`": _mentions(r"(json|geo)\d\.[\w.]+:\w+"),
    "a JSON field of a relation that was not sent, as in `@request.body.card.meta`": _mentions(
        r"@request\.body\.(one|many)\.(json|geo)\d"
    ),
    "`geoDistance` of a point to itself": _mentions(r"geoDistance\("),
    "a bad `fields` parameter on a write": _mentions(r"fields = '\w+:bad"),
    "tries of a code for nobody": lambda text, theirs, ours: (
        "auth-with-otp" in text and (theirs.status, ours.status) == (400, 429)
    ),
    "`~ strftime(…)`": _mentions(r"~ strftime\("),
}
"""By the first column of the table there."""


def name_of(questions: list[Question], theirs: Answer, ours: Answer) -> str | None:
    """The row that explains this difference; None where nothing does."""
    text = "\n".join(map(str, questions))
    for name, recognise in KNOWN.items():
        if recognise(text, theirs, ours):
            return name
    return None


def unlisted() -> list[str]:
    """Names above that the page does not have (any more)."""
    rows = [line.split("|")[1].strip() for line in PAGE.read_text().splitlines() if "|" in line]
    return [name for name in KNOWN if name not in rows]


def same(theirs: Answer, ours: Answer) -> bool:
    """Whether two answers are equal, but for the order of keys, the spelling of numbers (`1e3` and
    1000 are one) and the sentences of errors."""
    if theirs.status != ours.status:
        return False
    return json.dumps(_plain(theirs), sort_keys=True) == json.dumps(_plain(ours), sort_keys=True)


def _plain(answer: Answer) -> Any:
    body = _spelled_alike(answer.body)
    return body if answer.status < 400 else _wordless(body)


def _spelled_alike(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _spelled_alike(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_spelled_alike(item) for item in value]
    is_whole = isinstance(value, float) and value.is_integer()
    return int(value) if is_whole else value


def _wordless(body: Any) -> Any:
    """An error without its sentences, which are our own."""
    if not isinstance(body, dict):
        return body
    return {
        name: _wordless(value)
        for name, value in body.items()
        if name != "message" or not isinstance(value, str)
    }
