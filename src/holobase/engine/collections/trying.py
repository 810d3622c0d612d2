"""Trying a view out before it is defined: a few records of it, read as anybody would read them."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from holobase.domain.collection import Collection
from holobase.domain.errors import Refusal, TooSlow, Unavailable
from holobase.domain.record import Record
from holobase.ports.store import Store
from holobase.rules.tables import record_columns, record_table

SAMPLE_RECORDS: Final = 10
"""Records that are looked at, as in PocketBase."""


class BadSample(Exception):
    """The view cannot be read, or its ids are none; `reason` is a sentence that says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def sample(view: Collection, store: Store) -> list[Record]:
    """The first records of a view over what is stored now. Raises BadSample."""
    table = record_table(view)
    columns = record_columns(table, view)
    limit: sa.ColumnElement[int] = sa.literal_column(str(SAMPLE_RECORDS))
    try:
        statement = store.statement(sa.select(*columns).select_from(table).limit(limit))
        rows = await store.fetch(statement, statement.bind())
    except TooSlow as error:
        raise BadSample("It takes too long.") from error
    except (Refusal, Unavailable):
        raise
    except SQLAlchemyError as error:
        raise BadSample("It cannot be put into statements.") from error
    except Exception as error:
        raise BadSample("The database refuses it.") from error
    records = [Record.from_cells(view, row) for row in rows]
    identifiers = [record.id for record in records]
    if not all(identifiers):
        raise BadSample("Some records would have no id.")
    if len(set(identifiers)) < len(identifiers):
        raise BadSample("Several records would have the same id.")
    return records
