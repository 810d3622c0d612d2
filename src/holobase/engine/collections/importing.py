"""Importing collections: from what was sent to the definitions there will be, and those to drop."""

from collections.abc import Mapping

import msgspec

from holobase.domain.collection import Collection, Schema
from holobase.domain.errors import ErrorTree, FieldError, Invalid, Refusal
from holobase.engine.collections import drafting, views
from holobase.engine.collections.check import paths_of
from holobase.kit.json import Json

REASON = "collections_not_imported"


class Import(msgspec.Struct, frozen=True):
    """What was sent. `needed` are the ids of collections that are never dropped."""

    items: tuple[Json, ...]
    drops_missing: bool
    needed: frozenset[str]


def failed(name: str, why: str) -> Invalid:
    """The refusal of an import: all that is wrong is in its sentence."""
    error = FieldError("validation_collections_import_failure", detail=f"{name}: {why}.")
    return Invalid(REASON, {"collections": error})


def imported(wanted: Import, schema: Schema) -> tuple[list[Collection], list[Collection]]:
    """The collections that were sent as they will be, each once, and those to drop.

    A collection is known by its id, else by its name. Raises Invalid.
    """
    found = {each.id: each for each in schema.collections}
    sent_ids: dict[str, None] = {}
    for position, item in enumerate(wanted.items):
        if not isinstance(item, Mapping):
            raise failed(str(position), "not an object")
        name = str(item.get("name") or item.get("id") or position)
        try:
            after = _one(item, found, keeps=not wanted.drops_missing)
        except Refusal as refusal:
            raise failed(name, "; ".join(paths_of(refusal.errors)) or "unreadable") from refusal
        found[after.id] = after
        sent_ids[after.id] = None
    gone = [
        each
        for each in schema.collections
        if wanted.drops_missing
        and each.id not in sent_ids
        and not each.system
        and each.id not in wanted.needed
    ]
    return [found[identifier] for identifier in sent_ids], gone


def inferred(sent: list[Collection], schema: Schema) -> list[Collection]:
    """What was sent, with the fields of the views among it over the collections there will be:
    each behind those that it reads. Raises Invalid."""
    found = {each.id: each for each in sent}
    known = {each.id: each for each in schema.collections if each.id not in found}
    known |= {each.id: each for each in sent if not each.is_view}
    waiting = [each for each in sent if each.is_view]
    while waiting:
        left: list[Collection] = []
        why = ""
        for view in waiting:
            whole, errors = views.inferred(view, Schema(tuple(known.values())))
            if errors:
                left.append(view)
                why = why or _sentence(errors)
            else:
                known[view.id] = found[view.id] = whole
        if len(left) == len(waiting):
            raise failed(left[0].name, why)
        waiting = left
    return list(found.values())


def _one(item: Mapping[str, Json], found: Mapping[str, Collection], *, keeps: bool) -> Collection:
    known = found.get(str(item.get("id") or ""))
    if known is None and item.get("name"):
        low = str(item["name"]).lower()
        known = next((each for each in found.values() if each.name.lower() == low), None)
    if known is None:
        return drafting.created(item, found, REASON)
    return drafting.changed({**item, "id": known.id}, known, REASON, keeps=keeps)


def _sentence(errors: ErrorTree) -> str:
    details = [error.detail for error in errors.values() if isinstance(error, FieldError)]
    return next((each.rstrip(".") for each in details if each), "it has no query")
