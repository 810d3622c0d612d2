"""What is wrong with the indexes of a definition, as far as it shows before they are made."""

from collections.abc import Iterator
from typing import Any, Final

from holobase.domain.collection import Collection, Schema
from holobase.domain.declaration import Declaration
from holobase.domain.errors import ErrorTree, FieldError
from holobase.engine.collections.indexes import Index, NoIndex, parsed, unique_columns
from holobase.rules.tables import INTERNAL_PREFIX

INDEXES_MAX: Final = 100
"""Indexes of one collection: each one slows every write."""

_RESERVED_PREFIXES: Final = (INTERNAL_PREFIX, "sqlite_")


def errors_of(
    before: Collection | None, after: Collection, schema: Schema, declaration: Declaration | None
) -> ErrorTree | FieldError | None:
    """The errors of all indexes by position, or one of the list itself; None or empty where there
    are none."""
    if after.is_view:
        return FieldError("validation_indexes_not_supported") if after.indexes else None
    if len(after.indexes) > INDEXES_MAX:
        return FieldError("validation_length_out_of_range", {"min": 0, "max": INDEXES_MAX})
    others = {
        index.name.lower(): each.name
        for each in schema.collections
        if each.id != after.id
        for index in _indexes(each)
    }
    tables = {each.name.lower() for each in schema.collections}
    found: dict[str, Any] = {}
    earlier: list[Index] = []
    for position, text in enumerate(after.indexes):
        try:
            index = parsed(text)
        except NoIndex as error:
            found[str(position)] = _invalid(str(error))
            continue
        wrong = _clash(index, earlier, others) or _impossible(index, after, tables)
        if wrong is not None:
            found[str(position)] = wrong
        earlier.append(index)
    return found or _missing(before, after, declaration)


def refused(position: int, reason: str) -> dict[str, Any]:
    """The error of an index that the store refused to make."""
    return {"indexes": {str(position): _invalid(f"{reason[:1].upper()}{reason[1:]}.")}}


def _invalid(reason: str) -> FieldError:
    return FieldError("validation_invalid_index_expression", detail=reason)


def _indexes(collection: Collection) -> Iterator[Index]:
    for text in collection.indexes:
        try:
            yield parsed(text)
        except NoIndex:
            continue


def _clash(index: Index, earlier: list[Index], others: dict[str, str]) -> FieldError | None:
    low = index.name.lower()
    if any(each.name.lower() == low for each in earlier):
        return FieldError("validation_duplicated_index_name")
    if low in others:
        return FieldError("validation_existing_index_name", {"usedTableName": others[low]})
    if any(each.definition == index.definition for each in earlier):
        return FieldError("validation_duplicated_index_definition")
    return None


def _impossible(index: Index, after: Collection, tables: set[str]) -> FieldError | None:
    low = index.name.lower()
    if low in tables or low.startswith(_RESERVED_PREFIXES):
        return _invalid(f"The name {index.name} is taken.")
    known = {name.lower() for name in after.field_names}
    unknown = sorted(name for name in index.reads if name.lower() not in known)
    return _invalid(f"There is no field {unknown[0]}.") if unknown else None


def _missing(
    before: Collection | None, after: Collection, declaration: Declaration | None
) -> FieldError | None:
    """What may not be taken away: unique indexes of system fields, and the product's own."""
    unique = unique_columns(after.indexes)
    if after.is_auth and not {"tokenKey", "email"} <= unique:
        return FieldError("validation_missing_required_unique_index")
    if before is None:
        return None
    system = {field.name for field in before.fields if field.system}
    for name in sorted(unique_columns(before.indexes) & system):
        if name not in unique:
            code = "validation_invalid_unique_system_field_index"
            return FieldError(code, {"fieldName": name})
    if declaration is None:
        return None
    kept = {(index.name, index.definition) for index in _indexes(after)}
    for index in _indexes(declaration.collection):
        if (index.name, index.definition) not in kept:
            return FieldError("validation_declared_index_missing", {"indexName": index.name})
    return None
