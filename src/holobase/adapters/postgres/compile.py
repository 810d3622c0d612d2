"""Queries to statements: what a query says in PostgreSQL's SQL, and what is bound where."""

from typing import Any

import sqlalchemy as sa

import holobase.rules.dialect.computing_postgres  # noqa: F401 - spells what views compute
from holobase.ports.statement import Statement
from holobase.rules.dialect import forms
from holobase.rules.dialect.postgres import Compiler, Dialect

_DIALECT = Dialect()
_AS_IT_IS = {forms.READY, forms.WHOLE, forms.PLACE}


def statement(query: sa.Select[Any]) -> Statement:
    """Compiles a query. Each parameter is cast, so that the server never has to guess its type."""
    compiled = query.compile(dialect=_DIALECT)
    if not isinstance(compiled, Compiler):
        raise TypeError("no query")
    keys = tuple(str(key) for key, _ in compiled.slots)
    made = tuple(None if form in _AS_IT_IS else form.bind for _, form in compiled.slots)
    return Statement(str(compiled), keys, dict(compiled.defaults), made)
