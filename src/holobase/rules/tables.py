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

EDITED = "hb_edited"
"""Column: the version at the last change that was not a derived one; what ETags tell."""

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
    own: list[sa.ColumnClause[Any]] = [
        sa.column(name) for name in (VERSION, EDITED, REVISION, BODY)
    ]
    return sa.table(collection.name, *columns, *own)


def record_columns(table: sa.FromClause, collection: Collection) -> list[sa.ColumnElement[Any]]:
    """What `Record.from_cells` takes, in order."""
    fields = (table.c[field.name] for field in collection.fields)
    return [table.c[VERSION], table.c[EDITED], *fields]
