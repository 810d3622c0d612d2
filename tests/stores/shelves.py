"""A product with everything that makes commands depend on each other, and what may happen to it."""

from collections.abc import Callable
from typing import Any, TypeAlias

from hypothesis import strategies as st

from holobase.domain.declaration import (
    Declaration,
    declare,
    integer,
    json,
    number,
    relation,
    text,
)
from holobase.domain.derived import Count, Sum
from holobase.domain.errors import Refusal
from holobase.domain.principal import Request
from holobase.engine.kernel import Kernel
from holobase.engine.reactions import Reactions
from holobase.engine.unit import Unit
from holobase.ports import command
from holobase.ports.command import Command
from holobase.ports.statement import Statement
from tests.stores.kernels import SEALER
from tests.stores.notes import NOW

SHELVES = declare(
    "shelves",
    text("name"),
    integer("books", derived=Count(of="books", by="shelf")),
    integer("weight", derived=Sum(of="books", by="shelf", value="pages")),
    integer("seen"),
    owner="tests",
    rules={},
    indexes=("UNIQUE name",),
)
BOOKS = declare(
    "books",
    relation("shelf", "shelves", cascade_delete=True),
    relation("sequels", "books", max_select=3),
    text("title"),
    json("tags"),
    number("price"),
    integer("pages"),
    owner="tests",
    rules={},
    indexes=("UNIQUE shelf, title WHERE title != ''", "price"),
)
DECLARATIONS: tuple[Declaration, ...] = (SHELVES, BOOKS)

Deed: TypeAlias = tuple[Any, ...]
"""What is done, and to what."""


def new_kernel() -> Kernel:
    """An engine over shelves and books that has not been opened."""
    return Kernel(DECLARATIONS, Reactions(), SEALER, lambda: NOW)


SHELF_IDS = st.sampled_from(["s1", "s2", "s3"])
BOOK_IDS = st.sampled_from(["b1", "b2", "b3", "b4"])
NAMES = st.sampled_from(["", "a", "A", "é'", "b"])
TAGS = st.sampled_from(["null", "[]", '["x"]', '["x","y"]', '{"k":"x"}', '"x"', "7", "true"])
PRICES = st.sampled_from([0, -0.0, 1, 2.5, 1e300, 2**53 + 2, 5e-324])

SINGLE_DEEDS = st.one_of(
    st.tuples(st.just("shelve"), SHELF_IDS, NAMES),
    st.tuples(st.just("rename"), SHELF_IDS, NAMES),
    st.tuples(st.just("clear"), SHELF_IDS),
    st.tuples(st.just("see"), SHELF_IDS),
    st.tuples(st.just("put"), BOOK_IDS, SHELF_IDS, NAMES, TAGS, PRICES),
    st.tuples(st.just("move"), BOOK_IDS, SHELF_IDS, NAMES),
    st.tuples(st.just("link"), BOOK_IDS, BOOK_IDS),
    st.tuples(st.just("lose"), BOOK_IDS),
    st.tuples(st.just("mark"), st.sampled_from(["x", "y", "z"])),
    st.tuples(st.just("insist"), SHELF_IDS, NAMES),
    st.tuples(st.just("survey"), SHELF_IDS),
)
DEEDS = st.one_of(
    SINGLE_DEEDS,
    SINGLE_DEEDS,
    st.tuples(st.just("fail"), SINGLE_DEEDS),
    st.tuples(st.just("both"), SINGLE_DEEDS, SINGLE_DEEDS),
)


async def do(kernel: Kernel, deed: Deed) -> object:
    """Has it done in a command of its own; its answer, or what it was refused with."""
    try:
        return await kernel.run(Request(now=NOW, service="t"), lambda unit: _do(unit, deed))
    except (Refusal, LookupError) as error:
        return type(error).__name__, str(error)


def _do(unit: Unit, deed: Deed) -> Command[object]:
    kind, *args = deed
    return (yield from _WAYS[kind](unit, *args))


def _shelve(unit: Unit, shelf: str, name: str) -> Command[object]:
    record = yield from unit.create("shelves", {"id": shelf, "name": name})
    return record.id, dict(record.values)


def _rename(unit: Unit, shelf: str, name: str) -> Command[object]:
    record = yield from unit.update("shelves", shelf, {"name": name})
    return record and (record.version, dict(record.values))


def _clear(unit: Unit, shelf: str) -> Command[object]:
    record = yield from unit.delete("shelves", shelf)
    return record is None


def _see(unit: Unit, shelf: str) -> Command[object]:
    record = yield from unit.find("shelves", shelf)
    if record is None:
        return None
    seen = record.values["seen"] + 1
    yield from unit.update("shelves", shelf, {"seen": seen})
    return seen


def _put(unit: Unit, book: str, shelf: str, title: str, tags: str, price: float) -> Command[object]:
    collection = unit.catalogue.get("shelves").collection
    if (yield from command.missing(collection, (shelf,))):
        raise LookupError("no such shelf")
    values = {"id": book, "shelf": shelf, "title": title, "tags": tags, "price": price, "pages": 3}
    record = yield from unit.create("books", values)
    read = yield from unit.find("books", book)
    return record.id, read and dict(read.values)


def _move(unit: Unit, book: str, shelf: str, title: str) -> Command[object]:
    found = yield from unit.find_by("shelves", "id", shelf)
    if found is None:
        raise LookupError("no such shelf")
    record = yield from unit.update("books", book, {"shelf": shelf, "title": title, "pages": 5})
    return record and record.version


def _link(unit: Unit, book: str, sequel: str) -> Command[object]:
    collection = unit.catalogue.get("books").collection
    if (yield from command.missing(collection, (sequel,))):
        raise LookupError("no such book")
    record = yield from unit.update("books", book, {"sequels": [sequel]})
    return record and list(record.values["sequels"])


def _lose(unit: Unit, book: str) -> Command[object]:
    record = yield from unit.delete("books", book)
    return record and dict(record.values)


def _mark(unit: Unit, tag: str) -> Command[object]:
    """Raises the price of every book with the tag by the number of them."""
    collection = unit.catalogue.get("books").collection
    found = yield from command.find(collection, collection.field_by_name["tags"], tag)
    for record in found:
        yield from unit.update("books", record.id, {"price": len(found), "pages": 8})
    return [record.id for record in found]


def _insist(unit: Unit, shelf: str, name: str) -> Command[object]:
    try:
        yield from unit.create("shelves", {"id": shelf, "name": name})
    except Refusal as error:
        record = yield from unit.find_by("shelves", "name", name)
        return str(error), record and record.id
    return "made"


def _survey(unit: Unit, shelf: str) -> Command[object]:
    """Writes down how many books there are in all, as a statement finds them."""
    [(books,)] = yield from command.select(Statement('SELECT count(*) FROM "books"', ()), ())
    record = yield from unit.update("shelves", shelf, {"seen": books})
    return books, record and record.version


def _fail(unit: Unit, deed: Deed) -> Command[object]:
    yield from _do(unit, deed)
    raise LookupError("given up")


def _both(unit: Unit, first: Deed, second: Deed) -> Command[object]:
    return [(yield from _do(unit, first)), (yield from _do(unit, second))]


_WAYS: dict[str, Callable[..., Command[object]]] = {
    "shelve": _shelve,
    "rename": _rename,
    "clear": _clear,
    "see": _see,
    "put": _put,
    "move": _move,
    "link": _link,
    "lose": _lose,
    "mark": _mark,
    "insist": _insist,
    "survey": _survey,
    "fail": _fail,
    "both": _both,
}
