"""The shape of record tables, as SQLAlchemy clauses: one column per field, and ours beside them.

Both stores lay record tables out like this; the DDL that makes them is each store's own.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from holobase.domain.collection import Collection
from holobase.rules.cell_types import stored_type

if TYPE_CHECKING:
    from holobase.rules.views.table import View

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


def record_table(collection: Collection) -> sa.FromClause:
    """The table of a collection, for building statements; of a view, what its query gives."""
    return _view(collection).table if collection.is_view else _stored_table(collection)


@lru_cache(maxsize=1_000)
def natural_order(collection: Collection) -> tuple[tuple[str, bool], ...]:
    """The columns that a view is ordered by where nobody sorts it, and whether descending."""
    return (*_view(collection).order, ("id", False))


def origin_of(view: Collection, field: str) -> tuple[str, str] | None:
    """The id of the collection and the name of the field that a view's field shows as it is."""
    return _view(view).origins.get(field)


def has_clock(view: Collection) -> bool:
    """Whether a view asks what time it is."""
    return _view(view).has_clock


def _view(collection: Collection) -> "View":
    # Not at the top: the parser takes a tenth of a second to load, and few instances have views.
    from holobase.rules.views.errors import BadView  # noqa: PLC0415
    from holobase.rules.views.table import nothing, view_of  # noqa: PLC0415

    columns = {field.name: stored_type(field.storage) for field in collection.fields}
    try:
        return view_of(collection.name, collection.view_query, collection.sources)
    except BadView:  # what it reads is not there any more
        return nothing(collection.name, columns)


@lru_cache(maxsize=1_000)
def _stored_table(collection: Collection) -> sa.TableClause:
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(field.name, stored_type(field.storage)) for field in collection.fields
    ]
    own: list[sa.ColumnClause[Any]] = [
        sa.column(name) for name in (VERSION, EDITED, REVISION, BODY)
    ]
    return sa.table(collection.name, *columns, *own)


def record_columns(table: sa.FromClause, collection: Collection) -> list[sa.ColumnElement[Any]]:
    """What `Record.from_cells` takes, in order; the records of views have no versions."""
    fields = (table.c[field.name] for field in collection.fields)
    if collection.is_view:
        return [sa.literal_column("0"), sa.literal_column("0"), *fields]
    return [table.c[VERSION], table.c[EDITED], *fields]
