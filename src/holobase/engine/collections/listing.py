"""Lists of collections: filtered and sorted in memory, for there are some hundred at most."""

import random
from collections.abc import Callable, Iterable
from typing import Any, Final

from holobase.domain.collection import Collection, Schema
from holobase.domain.errors import BadRequest
from holobase.domain.fields import BoolField, Cell, DateField, TextField
from holobase.domain.principal import Request
from holobase.engine.reading.queries import FORBIDDEN_IN_FILTERS
from holobase.rules import Access, RuleError, compile_expression
from holobase.rules.sort import BLANKS

SORT_TERMS_MAX: Final = 8
"""As many as a list of records takes; there are six names to sort by."""

_LISTED: Final = Collection(
    id="collections",
    name="collections",
    fields=(
        TextField(id="id", name="id"),
        DateField(id="created", name="created"),
        DateField(id="updated", name="updated"),
        TextField(id="name", name="name"),
        BoolField(id="system", name="system"),
        TextField(id="type", name="type"),
    ),
)
"""What of a collection can be filtered and sorted by."""


def filtered(collections: Iterable[Collection], text: str, request: Request) -> list[Collection]:
    """Those that a filter holds for. Raises BadRequest where it cannot be used."""
    if not text:
        return list(collections)
    if any(word in text for word in FORBIDDEN_IN_FILTERS):
        raise BadRequest("bad_query")
    try:
        expression = compile_expression(text, _LISTED, Schema((_LISTED,)), Access.RULE, None)
    except RuleError as error:
        raise BadRequest("bad_query") from error
    predicate = expression.predicate
    if predicate is None:
        raise BadRequest("bad_query")
    found: list[Collection] = []
    for collection in collections:
        deciding = predicate.holds(request, _cells(collection))
        try:
            next(deciding)
        except StopIteration as end:
            if end.value:
                found.append(collection)
        else:  # it asks for other rows, and a collection has none
            raise BadRequest("bad_query")
    return found


def ordered(collections: list[Collection], text: str) -> list[Collection]:
    """In the order of a sort text; as they were made without one. Raises BadRequest."""
    found = sorted(collections, key=lambda each: (each.created, each.id))
    terms = [term.strip(BLANKS) for term in text.split(",")] if text else []
    if len(terms) > SORT_TERMS_MAX:
        raise BadRequest("bad_query")
    for term in reversed(terms):
        found.sort(
            key=_key(term.lstrip("+-") if term[:1] in "+-" else term), reverse=term.startswith("-")
        )
    return found


def _key(name: str) -> Callable[[Collection], Any]:
    if name == "@random":
        return lambda _: random.random()  # noqa: S311 - an order, not a secret
    if name == "@rowid":
        return lambda each: (each.created, each.id)
    if name not in _LISTED.field_by_name:
        raise BadRequest("bad_query")
    return lambda each: getattr(each, name)


def _cells(collection: Collection) -> dict[str, Cell]:
    return {name: _cell(getattr(collection, name)) for name in _LISTED.field_names}


def _cell(value: str | bool) -> Cell:
    return int(value) if isinstance(value, bool) else value
