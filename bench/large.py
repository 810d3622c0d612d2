"""The main cases over millions: an instance is filled by imports, as its owner would move in, and
then asked what the suite `growth` asks.

python -m bench.large --folder FOLDER [--posts 1000000] [--events 10000000] [--only-fill]

First comes a table of that many posts of 1.5 kB, then tables of small notes beside it, until the
log holds that many events. What the folder holds already is kept: a run that was ended goes on.
"""

import argparse
import json
import math
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

from rich.console import Console

from bench import load, target, telling
from bench.growth import Growth, Side
from bench.moving import HASHED, timed
from bench.published.data import article
from bench.published.schema import MEMBERS, TYPES
from bench.published.side import Plan
from bench.published.side import Side as Known
from bench.rounds import Row, measured
from bench.session import Session
from bench.target import Target
from tests.pb_data import MOMENT, PbData, auth, base, field

ACCOUNTS = 20
IMPORTED_AT_ONCE = 1_000_000
"""Records of one import. Each is one transaction, for which the disk must have room twice."""

SECONDS = 4
IDLE_SHARE = 0.1
"""Of a core: a server that takes less has nothing to do."""

OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
PEOPLE = auth(MEMBERS, field("text", "username"), **OPEN)
POSTS = base(
    "posts",
    field("text", "title", required=True),
    field("text", "description"),
    field("bool", "public"),
    field("select", "type", values=list(TYPES), maxSelect=len(TYPES)),
    field("relation", "author", collectionId=PEOPLE["id"], required=True, maxSelect=1),
    **OPEN,
)

Cells: TypeAlias = tuple[str, dict[str, Any]]
"""A collection's name, and the cells of a record."""


class Large(Growth):
    """The cases of `growth` over posts that are there."""

    def __init__(self, posts: int, opened: ExitStack) -> None:
        super().__init__([posts], opened)
        self._posts = posts

    def side(self, target: Target) -> Side:
        """Nothing is left to lay out."""
        session = self._opened.enter_context(Session(target.url))
        known = Known(session, Plan((self._posts,), ACCOUNTS, 1))
        return Side(target, known, "posts", self._posts)


def fill(server: Target, posts: int, events: int) -> None:
    """Imports those tables that are not there yet."""
    server.start()
    with Session(server.url) as session:
        listed = session.send("GET", "/api/collections?perPage=500&fields=name")
    server.stop()
    there = {each["name"] for each in listed["items"]}
    if "posts" not in there:
        _import(server.folder, posts + ACCOUNTS, [PEOPLE, POSTS], _posts(posts))
    for first in range(0, events - posts, IMPORTED_AT_ONCE):
        name, count = f"notes{first}", min(IMPORTED_AT_ONCE, events - posts - first)
        if name not in there:
            notes = base(name, field("text", "title"), **OPEN)
            _import(server.folder, count, [notes], _notes(name, count))


def _import(
    folder: Path, count: int, collections: Sequence[dict[str, Any]], rows: Iterable[Cells]
) -> None:
    """Makes a folder as PocketBase leaves it, and moves it in by the command."""
    foreign = folder / "pb_data"
    shutil.rmtree(foreign, ignore_errors=True)
    with PbData(foreign) as made:
        for collection in collections:
            made.collection(collection)
        for name, cells in rows:
            made.record(name, created=MOMENT, updated=MOMENT, **cells)
    what = f"import of {collections[-1]['name']}"
    data = ("--without-community", "--data", str(folder / "data"))
    timed(what, count, "records", "import", "pocketbase", str(foreign), *data)
    shutil.rmtree(foreign)


def _posts(count: int) -> Iterator[Cells]:
    for number in range(ACCOUNTS):
        address = f"member{number}@example.com"
        keys = {"tokenKey": f"key-{number}".ljust(50, "k"), "password": HASHED}
        cells = {"id": f"membe{number:010}", "email": address, "username": f"member{number}"}
        yield MEMBERS, {**cells, **keys}
    members = [f"membe{number:010}" for number in range(ACCOUNTS)]
    for number in range(count):
        values = json.loads(article("posts", number, members)[2])
        yield "posts", {**values, "id": f"post{number:011}", "type": json.dumps(values["type"])}


def _notes(name: str, count: int) -> Iterator[Cells]:
    return ((name, {"id": f"note{n:011}", "title": f"note {n}"}) for n in range(count))


def main() -> None:
    """Fills, measures and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--folder", type=Path, required=True, help="where the instance is, or goes to")
    add("--posts", type=int, default=1_000_000)
    add("--events", type=int, default=10_000_000)
    add("--only-fill", action="store_true", help="measure nothing yet")
    asked = parser.parse_args()
    load.require_wrk()
    asked.folder.mkdir(parents=True, exist_ok=True)
    server = target.holobase(asked.folder, "sqlite:2", None, with_community=False)
    fill(server, asked.posts, asked.events)
    if not asked.only_fill:
        _measure(server, asked.posts)


def _await_readers(server: Target) -> None:
    """Waits until what reads the log behind the requests has read what was imported."""
    before = -math.inf
    while (now := server.processor_seconds()) - before > IDLE_SHARE:
        before = now
        time.sleep(1)


def _measure(server: Target, posts: int) -> None:
    with ExitStack() as opened:
        opened.callback(server.stop)
        print(f"starts in {server.start():.1f} s, with {server.memory_mib():.0f} MiB")
        _await_readers(server)
        large = Large(posts, opened)
        steps = list(large.steps())
        progress = telling.Progress(len(steps))

        def tell(row: Row) -> None:
            print(progress.line(row))

        rows = measured(large, steps, [server], rounds=1, seconds=SECONDS, tell=tell)
        Console(highlight=False).print(telling.table(rows, [server.name]))
        print(f"{server.memory_mib():.0f} MiB after the load")


if __name__ == "__main__":
    main()
