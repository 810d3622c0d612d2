"""Reading as if some records were as they once were: the statement sees, under the names of the
tables, their rows without those and with what those were.
"""

from collections.abc import Sequence
from typing import Any

from holobase.adapters.postgres.definitions import ORDER
from holobase.adapters.postgres.tables import bound_cells, column_types, quoted
from holobase.domain.collection import Collection
from holobase.domain.fields import Cell
from holobase.ports.store import Past
from holobase.rules.tables import BODY, EDITED, REVISION, VERSION

LAST = 2**63 - 1
"""Where a record is in the order of insertion that is not there any more."""


def with_past(
    sql: str, values: tuple[Cell, ...], past: Sequence[Past]
) -> tuple[str, tuple[Any, ...]]:
    """The statement and its parameters, over the past of these records."""
    tables: list[str] = []
    given: list[Any] = list(values)
    for each in past:
        tables.append(_table(each.collection, len(given) + 1))
        rows = [
            [*bound_cells(each.collection, record.values), record.version, record.edited]
            for record in each.records.values()
            if record
        ]
        columns = [list(column) for column in zip(*rows, strict=True)]
        width = len(each.collection.fields) + 2
        given += [list(each.records), *(columns or [[] for _ in range(width)])]
    return f"WITH {', '.join(tables)} {sql}", tuple(given)


def _table(collection: Collection, first: int) -> str:
    # Inside of what takes its place, a table's name still means the table itself.
    name = quoted(collection.name)
    own = [VERSION, EDITED, REVISION, BODY]
    names = ", ".join([*(quoted(field.name) for field in collection.fields), *own, ORDER])
    identifier = f"v{collection.field_names.index('id')}"
    place = f"coalesce((SELECT {ORDER} FROM {name} AS now WHERE now.id = {identifier}), {LAST})"
    types = [*column_types(collection), "bigint", "bigint"]
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, first + 1))
    given = ", ".join(f"v{number}" for number in range(len(types)))
    return (
        f"{name} ({names}) AS NOT MATERIALIZED (SELECT {names} FROM {name}"
        f" WHERE id <> ALL(${first}::text[])"
        f" UNION ALL SELECT {given}, NULL::bigint, NULL::bytea, {place} FROM unnest({arrays})"
        f" AS past ({given}))"
    )
