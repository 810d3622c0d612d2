"""Indexes in PostgreSQL's words: of use to the orders that queries ask for."""

import pytest

from holobase.adapters.postgres.indexes import index_of
from tests.stores.notes import NOTES


@pytest.mark.parametrize("column", ["`size`", "`size` DESC", "`title`, `size`"])
def test_an_index_of_what_is_never_null_says_nothing_of_nulls(column: str) -> None:
    made = index_of(NOTES, f"CREATE INDEX `i` ON `notes` ({column})")
    assert "NULLS" not in made.created


def test_an_index_of_what_may_be_null_has_nulls_first() -> None:
    assert "NULLS FIRST" in index_of(NOTES, "CREATE INDEX `i` ON `notes` (`words`)").created
