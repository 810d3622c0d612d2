"""Which relations a store has to index by itself."""

import msgspec
import pytest

from holobase.domain.declaration import declare, relation, text
from holobase.domain.lookups import unindexed

POSTS = declare(
    "posts",
    relation("author", "users"),
    relation("editor", "users"),
    relation("readers", "users", max_select=5),
    text("title"),
    owner="tests",
    rules={},
).collection


def test_relations_to_one_record_are_indexed() -> None:
    assert [each.name for each in unindexed(POSTS)] == ["author", "editor"]


@pytest.mark.parametrize(
    ("index", "left"),
    [
        ("CREATE INDEX `i` ON `posts` (`author`)", ["editor"]),
        ("create unique index i on posts(AUTHOR desc, title)", ["editor"]),
        ('CREATE INDEX "i" ON "posts" (\n  "editor",\n  "author"\n)', ["author"]),
        ("CREATE INDEX [i] ON [posts] ([author] ASC)", ["editor"]),
        ("CREATE INDEX `i` ON `posts` (`title`, `author`)", ["author", "editor"]),
        ("CREATE INDEX `i` ON `posts` (`author` COLLATE NOCASE)", ["author", "editor"]),
        ("CREATE INDEX `i` ON `posts` (lower(`author`))", ["author", "editor"]),
        ("CREATE INDEX `i` ON `posts` (`author`) WHERE `title` != ''", ["author", "editor"]),
    ],
)
def test_what_an_index_of_the_definition_serves_needs_no_other(index: str, left: list[str]) -> None:
    posts = msgspec.structs.replace(POSTS, indexes=(index,))
    assert [each.name for each in unindexed(posts)] == left
