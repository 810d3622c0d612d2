"""The shape of record tables, as SQLAlchemy clauses: one column per field, and ours beside them.

Both stores lay record tables out like this; the DDL that makes them is each store's own.
"""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from holobase.domain.collection import Collection
from holobase.rules.cell_types import stored_type

VERSION = "hb_version"
"""Column: version of the record's stream that the row shows."""

REVISION = "hb_revision"
"""Column: revision of the definition that `hb_body` was rendered with."""

BODY = "hb_body"
"""Column: the record's public JSON as bytes, or NULL where it must be rendered."""

INTERNAL_PREFIX = "hb_"
"""Prefix of our own tables and columns; no collection or field may begin with it."""


@lru_cache(maxsize=1_000)
def record_table(collection: Collection) -> sa.TableClause:
    """The table of a collection, for building statements."""
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(field.name, stored_type(field.storage)) for field in collection.fields
    ]
    return sa.table(
        collection.name, *columns, sa.column(VERSION), sa.column(REVISION), sa.column(BODY)
    )
