"""What an expand costs."""

from typing import Any

import pytest

from holobase.adapters.sqlite import SqliteStore
from tests.unit.community.conftest import Community


def test_each_level_of_an_expand_is_one_question_however_many_records_there_are(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    fetch = SqliteStore.fetch

    async def counted(self: SqliteStore, *question: Any) -> Any:
        asked.append(question)
        return await fetch(self, *question)

    monkeypatch.setattr(SqliteStore, "fetch", counted)

    def questions(expand: str) -> int:
        asked.clear()
        assert community.listed("community_posts", expand) >= 5
        return len(asked)

    costs = []
    for _ in range(2):
        for _ in range(5):
            author = community.person("author")
            community.create("community_posts", author=author, visibility="public")
        costs.append([questions(""), questions("author"), questions("author.roles")])
    assert costs[0] == costs[1]
    plain, one, two = costs[0]
    assert (one - plain, two - plain) == (1, 2)
