"""Wire tests as rows: who asks what, the answer, and the events that were written.

Paths, queries and bodies may name what the world holds: `{alice}`, `{card}`, … and `{it}`, the
fresh record of a row's `given`. A row that is refused says which fields carry which codes, all of
them, and that nothing was written.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Any, TypeAlias

import pytest

from tests.wire.world import World

Json: TypeAlias = Any
ANYTHING: Json = object()
"""Equal to every value that is there."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One request and everything it promises.

    `equals` are values of the answer by dotted path, `codes` the whole `data` of a refusal by
    dotted path; `contains` and `lacks` are texts of the raw answer. `events` None: not looked at;
    ending in `...`: what reactions add is not.
    """

    says: str
    who: str = "guest"
    method: str = "GET"
    path: str
    query: Mapping[str, Json] = field(default_factory=dict)
    body: Json = None
    content: str | bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    given: tuple[str, Mapping[str, Json]] | None = None
    status: int = 200
    codes: Mapping[str, str] = field(default_factory=dict)
    equals: Mapping[str, Json] = field(default_factory=dict)
    contains: Iterable[str] = ()
    lacks: Iterable[str] = ()
    events: Sequence[str | EllipsisType] | None = ()


def rows(*table: Row) -> pytest.MarkDecorator:
    """Makes every row a test of its own, named after what it says."""
    return pytest.mark.parametrize("row", table, ids=[row.says for row in table])


def check(world: World, row: Row) -> None:
    """Sends the request of a row and holds the answer against it."""
    names = dict(world.ids)
    if row.given is not None:
        collection, values = row.given
        names["it"] = world.make(collection, filled(values, names))
    with world.events() as written:
        answer = world.ask(
            row.who,
            row.method,
            filled(row.path, names),
            query=filled(row.query, names),
            body=filled(row.body, names),
            content=_encoded(filled(row.content, names)),
            headers=row.headers,
        )
    assert answer.status_code == row.status, answer.text
    if row.events is not None:
        wanted_events = list(row.events)
        if wanted_events[-1:] == [...]:
            written, wanted_events = written[: len(wanted_events) - 1], wanted_events[:-1]
        assert written == wanted_events
    for fragment in filled(list(row.contains), names):
        assert fragment in answer.text
    for fragment in filled(list(row.lacks), names):
        assert fragment not in answer.text
    if row.status >= 400 and row.method != "HEAD":
        assert list(answer.json()) == ["data", "message", "status"]
        assert answer.json()["status"] == row.status
        assert dict(_codes(answer.json()["data"])) == dict(row.codes)
    for path, wanted in filled(row.equals, names).items():
        found = at(answer.json(), path)
        assert wanted is ANYTHING or found == wanted, (path, found)


def at(value: Json, path: str) -> Json:
    """What a dotted path leads to; numbers are positions in lists."""
    for name in path.split("."):
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def filled(value: Json, names: Mapping[str, str]) -> Json:
    """The value with every `{name}` in its texts replaced."""
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace(f"{{{name}}}", text)
        return value
    if isinstance(value, Mapping):
        return {filled(key, names): filled(member, names) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, names) for item in value]
    return value


def _encoded(content: str | bytes | None) -> bytes | None:
    return content.encode() if isinstance(content, str) else content


def _codes(data: Mapping[str, Json], before: str = "") -> Iterable[tuple[str, str]]:
    for name, item in data.items():
        if isinstance(item.get("code"), str):
            assert set(item) <= {"code", "message", "params", "response"}
            assert list(item) == sorted(item)
            assert item["message"][-1] in ".?!", json.dumps(item)
            yield before + name, item["code"]
        else:
            yield from _codes(item, f"{before}{name}.")
