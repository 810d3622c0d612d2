"""Reading as if some records were as they once were: the statement sees, under the names of the
tables, their rows without those and with what those were.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from holobase.adapters.sqlite.tables import quoted
from holobase.domain.collection import Collection
from holobase.domain.fields import Cell, Storage
from holobase.domain.record import Record
from holobase.kit import json
from holobase.ports.store import Past
from holobase.rules.tables import BODY, EDITED, REVISION, VERSION

_AFFINITY: Final = {Storage.NUMBER: "NUMERIC", Storage.BOOL: "NUMERIC"}
"""Of columns; all others hold texts. A cell that is not in a column is compared otherwise."""


LAST: Final = 2**63 - 1
"""Where a record is in the order of insertion that is not there any more."""


def with_past(
    sql: str, values: tuple[Cell, ...], past: Sequence[Past]
) -> tuple[str, tuple[Cell, ...]]:
    """The statement and its parameters, over the past of these records."""
    tables: list[str] = []
    given: list[Cell] = []
    for each in past:
        tables.append(_table(each.collection))
        rows = [_row(each.collection, record) for record in each.records.values() if record]
        given += [json.encode(list(each.records)).decode(), json.encode(rows).decode()]
    return f"WITH {', '.join(tables)} {sql}", (*given, *values)


@lru_cache(maxsize=1_000)
def _table(collection: Collection) -> str:
    # A table's own name may be said only with its schema inside of what takes its place.
    name = quoted(collection.name)
    own = [VERSION, EDITED, REVISION, BODY, "_rowid_"]
    names = [*(quoted(field.name) for field in collection.fields), *own]
    past = [
        f"CAST(json_extract(value, '$[{place}]') AS {_AFFINITY.get(field.storage, 'TEXT')})"
        for place, field in enumerate(collection.fields)
    ]
    count = len(past)
    past += [f"json_extract(value, '$[{count + place}]')" for place in range(2)] + ["NULL", "NULL"]
    identifier = f"json_extract(value, '$[{collection.field_names.index('id')}]')"
    now = f"SELECT now._rowid_ FROM main.{name} AS now WHERE now.id = {identifier}"
    past.append(f"coalesce(({now}), {LAST})")
    return (
        f"{name} ({', '.join(names)}) AS NOT MATERIALIZED (SELECT {', '.join(names)}"
        f" FROM main.{name} WHERE id NOT IN (SELECT value FROM json_each(?))"
        f" UNION ALL SELECT {', '.join(past)} FROM json_each(?))"
    )


def _row(collection: Collection, record: Record) -> list[Cell]:
    return [*collection.cells(record.values), record.version, record.edited]
