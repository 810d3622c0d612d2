"""View collections as the definitions around them change: what they show follows from their query,
and a change that one of them could not follow is refused.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from holobase.domain.collection import Collection, Schema
from holobase.domain.errors import BadRequest, ErrorTree, FieldError


def inferred(view: Collection, schema: Schema) -> tuple[Collection, ErrorTree]:
    """The view with the fields that its query gives over the collections of a schema, and what is
    wrong with the query."""
    from holobase.rules.views import BadView, inferred  # noqa: PLC0415 - see `rules.tables`

    if not view.view_query:
        return _with(view, (), ()), {"viewQuery": FieldError("validation_required")}
    others = Schema(tuple(each for each in schema.collections if each.id != view.id))
    try:
        columns = inferred(view.view_query, others)
    except BadView as bad:
        return _with(view, (), ()), {"viewQuery": invalid(bad.reason)}
    found = _with(view, columns.fields, columns.reads)
    if view.id in found.source_ids:
        return found, {"viewQuery": invalid("It reads itself.")}
    if "id" not in found.field_by_name:
        return found, {"viewQuery": invalid(NO_ID)}
    return found, {}


NO_ID = "It has no column id (without one, take (ROW_NUMBER() OVER ()) AS id)."


def invalid(reason: str) -> FieldError:
    """The error of a query that is no view."""
    return FieldError("validation_invalid_view_query", detail=reason)


def _with(view: Collection, fields: tuple, reads: tuple) -> Collection:  # type: ignore[type-arg]
    return msgspec.structs.replace(view, fields=fields, reads=reads)


def refreshed(before: Schema, after: Schema, fixed: Iterable[str] = ()) -> Sequence[Collection]:
    """The views that are others in `after`, where collections were changed, renamed or dropped.

    `fixed` are ids of views that were sent with it. Raises BadRequest where a view reads what is
    not there any more.
    """
    kept = set(fixed)
    names = _renamed(before, after)
    stored = {each.id: each for each in after.collections}
    changed: list[Collection] = []
    for view in in_order(after.collections):
        if view.id in kept:
            continue
        found, errors = inferred(_following(view, names), Schema(tuple(stored.values())))
        if errors:
            raise BadRequest("view_needs_it")
        if found != view:
            changed.append(found)
            stored[view.id] = found
    return changed


def followed(schema: Schema) -> Sequence[Collection]:
    """The views that are others than they are defined, after a new version of the program has
    changed what they read. One whose query does not fit any more shows nothing from then on."""
    stored = {each.id: each for each in schema.collections}
    changed: list[Collection] = []
    for view in in_order(schema.collections):
        found, errors = inferred(view, Schema(tuple(stored.values())))
        if errors:
            found = _with(view, view.fields, ())
        if found != view:
            changed.append(found)
            stored[view.id] = found
    return changed


def in_order(collections: Iterable[Collection]) -> list[Collection]:
    """The views among collections, each behind those that it reads."""
    waiting = {each.id: each for each in collections if each.is_view}
    found: list[Collection] = []
    while waiting:
        ready = [each for each in waiting.values() if waiting.keys().isdisjoint(each.source_ids)]
        if not ready:
            raise BadRequest("view_needs_it")
        found += [waiting.pop(each.id) for each in ready]
    return found


def readers(collection: Collection, schema: Schema) -> list[Collection]:
    """The views that read a collection."""
    return [each for each in schema.collections if collection.id in each.source_ids]


def _renamed(before: Schema, after: Schema) -> Mapping[str, str]:
    """New names by old ones in lower case."""
    stored = {each.id: each.name for each in before.collections}
    return {
        stored[each.id].lower(): each.name
        for each in after.collections
        if each.id in stored and stored[each.id] != each.name
    }


def _following(view: Collection, names: Mapping[str, str]) -> Collection:
    if not any(source.name.lower() in names for source in view.sources):
        return view
    from holobase.rules.views import renamed  # noqa: PLC0415 - see `rules.tables`

    return msgspec.structs.replace(view, view_query=renamed(view.view_query, names))
