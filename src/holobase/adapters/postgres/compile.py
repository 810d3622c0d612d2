"""Queries to statements: what a query says in PostgreSQL's SQL, and what is bound where."""

from typing import Any

import sqlalchemy as sa

from holobase.ports.statement import Statement
from holobase.rules.dialect.postgres import Compiler, Dialect

_DIALECT = Dialect()


def statement(query: sa.Select[Any]) -> Statement:
    """Compiles a query. Each parameter is cast, so that the server never has to guess its type."""
    compiled = query.compile(dialect=_DIALECT)
    if not isinstance(compiled, Compiler):
        raise TypeError("no query")
    keys = tuple(str(key) for key, _ in compiled.slots)
    forms = tuple(form.bind for _, form in compiled.slots)
    constants = {str(key): value for key, value in compiled.constants.items()}
    return Statement(str(compiled), keys, constants, forms)
