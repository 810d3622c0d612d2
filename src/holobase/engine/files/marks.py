"""Marks: which blobs no record names, kept beside the log in the same transactions.

A blob is marked before it is stored. The write that first names it takes the mark away in its own
transaction; the write that last names it sets one. So, whatever crashes whenever, a blob without a
mark belongs to a record, and what is marked and not about to be named can be deleted. A mark is a
checkpoint: its name says which blob, its position since when, in Unix milliseconds; `GONE` says
that nobody can name it any more.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from holobase.domain.errors import VersionConflict
from holobase.domain.fields import FileField
from holobase.ports.command import Command, Remember

SERVICE: Final = "files"
"""Who acts where the server itself looks after files."""

PREFIX: Final = "blob "
"""How the name of every mark begins."""

GONE: Final = 1
"""The moment of a mark that stands for ever."""

THUMBS: Final = "thumbs_"
"""How the folder of a file's thumbs is called, before the name of the file."""


def key_of(collection_id: str, record_id: str, name: str) -> str:
    """Where a file of a record is stored."""
    return f"{collection_id}/{record_id}/{name}"


def thumbs_of(key: str) -> str:
    """The prefix of everything that is made from a file."""
    folder, _, name = key.rpartition("/")
    return f"{folder}/{THUMBS}{name}/"


def names(fields: Iterable[FileField], values: Mapping[str, Any] | None) -> set[str]:
    """All files that a record names."""
    if values is None:
        return set()
    return {name for field in fields for name in field.items(values[field.name])}


def mark(keys: Iterable[str], now: int) -> Command[None]:
    """Marks what is about to be stored."""
    for key in keys:
        yield Remember(PREFIX + key, now, 0)


def take(key: str, marked_at: int) -> Command[None]:
    """Takes the mark of a blob that a record names from now on.

    Raises VersionConflict where it took too long: somebody is deleting the blob already.
    """
    yield Remember(PREFIX + key, 0, marked_at)


def let_go(keys: Iterable[str]) -> Command[None]:
    """Marks what no record names any more. A key that ends with a slash stands for everything
    below it that no record names."""
    for key in keys:
        yield Remember(PREFIX + key, GONE)


def give_up(marked: Mapping[str, int]) -> Command[list[str]]:
    """Marks for ever what is still marked since the moments given; which that are."""
    given_up = []
    for key, since in marked.items():
        try:
            yield Remember(PREFIX + key, GONE, since)
        except VersionConflict:  # a record names it by now, or somebody else was faster
            continue
        given_up.append(key)
    return given_up


def forget(keys: Iterable[str]) -> Command[None]:
    """Takes the marks of what has been deleted."""
    for key in keys:
        try:
            yield Remember(PREFIX + key, 0, GONE)
        except VersionConflict:
            continue
