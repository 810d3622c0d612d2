"""What is wrong with the fields of a definition: the first group of checks that fails tells."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from holobase.domain.collection import Collection
from holobase.domain.declaration import Declaration
from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import AnyField, AutodateField, RelationField, TextField
from holobase.engine.collections.fields import FIELDS_MAX, system_fields
from holobase.engine.definitions import OWN_WORDS

_RESERVED_IN_AUTH: Final = frozenset({"passwordConfirm", "oldPassword"})

Fields = Mapping[str, AnyField]


def errors_of(
    before: Collection | None,
    after: Collection,
    targets: Iterable[Collection],
    declaration: Declaration | None,
) -> ErrorTree | FieldError | None:
    """The errors of all fields by position, or one of the list itself; None or empty where there
    are none. Relations may name the `targets` alone. Those of a view follow from its query, so
    there is nothing that they must still be."""
    known = before if before and not before.is_view else None
    stored: Fields = {field.id: field for field in known.fields} if known else {}
    found: ErrorTree | FieldError | None = (
        _size_error(after)
        or _duplicates(after)
        or _missing_key(after)
        or _system_error(stored, after)
        or _type_errors(stored, after)
        or _reserved(after)
        or _setting_errors(stored, after, {each.id: each for each in targets})
        or (_declared_errors(declaration, stored, after) if before and declaration else None)
    )
    return found


def _size_error(after: Collection) -> FieldError | None:
    if len(after.fields) > FIELDS_MAX:
        return FieldError("validation_length_out_of_range", {"min": 1, "max": FIELDS_MAX})
    return None if after.fields else FieldError("validation_required")


def _duplicates(after: Collection) -> ErrorTree:
    ids: set[str] = set()
    names: set[str] = set()
    for position, field in enumerate(after.fields):
        if field.id in ids:
            error = FieldError("validation_duplicated_field_id", {"fieldId": field.id})
            return {str(position): {"id": error}}
        if field.name.lower() in names:
            error = FieldError("validation_duplicated_field_name", {"fieldName": field.name})
            return {str(position): {"name": error}}
        ids.add(field.id)
        names.add(field.name.lower())
    return {}


def _missing_key(after: Collection) -> FieldError | None:
    key = after.field_by_name.get("id")
    if not (isinstance(key, TextField) and key.primary_key):
        return FieldError("validation_missing_primary_key")
    for wanted in system_fields(after.type):
        if not isinstance(after.field_by_name.get(wanted.name), type(wanted)):
            return FieldError(f"validation_missing_{wanted.name}_field")
    return None


def _system_error(stored: Fields, after: Collection) -> FieldError | None:
    names = {field.id: field.name for field in after.fields}
    if any(field.system and names.get(field.id) != field.name for field in stored.values()):
        return FieldError("validation_system_field_change")
    return None


def _type_errors(stored: Fields, after: Collection) -> ErrorTree:
    return {
        str(position): FieldError("validation_field_type_change")
        for position, field in enumerate(after.fields)
        if field.id in stored and stored[field.id].kind != field.kind
    }


def _reserved(after: Collection) -> ErrorTree:
    if not after.is_auth:
        return {}
    return {
        str(position): {"name": FieldError("validation_reserved_field_name")}
        for position, field in enumerate(after.fields)
        if field.name in _RESERVED_IN_AUTH
    }


def _setting_errors(
    stored: Fields, after: Collection, targets: Mapping[str, Collection]
) -> ErrorTree:
    keys = [f for f in after.fields if isinstance(f, TextField) and f.primary_key]
    found: dict[str, Any] = {}
    for position, field in enumerate(after.fields):
        errors = dict(field.check_definition())
        known = stored.get(field.id)
        if isinstance(field, RelationField):
            errors |= _relation_errors(known, field, after, targets)
        if len(keys) > 1 and field in keys:
            errors["primaryKey"] = FieldError("validation_unsupported_composite_pk")
        if isinstance(field, AutodateField) and isinstance(known, AutodateField) and known.system:
            errors |= _fixed_dates(known, field)
        if errors:
            found[str(position)] = errors
    return found


def _relation_errors(
    known: AnyField | None,
    field: RelationField,
    after: Collection,
    targets: Mapping[str, Collection],
) -> ErrorTree:
    if not field.collection_id:
        return {}
    if isinstance(known, RelationField) and known.collection_id != field.collection_id:
        return {"collectionId": FieldError("validation_field_relation_change")}
    target = targets.get(field.collection_id)
    if target is None:
        return {"collectionId": FieldError("validation_field_relation_missing_collection")}
    if target.is_view and not after.is_view:
        code = "validation_relation_field_non_view_base_collection"
        return {"collectionId": FieldError(code)}
    return {}


def _fixed_dates(known: AutodateField, field: AutodateField) -> ErrorTree:
    pairs = {
        "onCreate": (known.on_create, field.on_create),
        "onUpdate": (known.on_update, field.on_update),
    }
    mismatch = FieldError("validation_values_mismatch")
    return {name: mismatch for name, (old, new) in pairs.items() if old != new}


def _declared_errors(
    declaration: Declaration, stored: Fields, after: Collection
) -> ErrorTree | FieldError | None:
    """What the product needs of its own fields: that they are there, as they were declared."""
    sent = {field.id: (position, field) for position, field in enumerate(after.fields)}
    found: dict[str, Any] = {}
    for field in declaration.collection.fields:
        if field.id not in stored:
            continue
        if field.id not in sent:
            return FieldError("validation_declared_field_missing", {"fieldName": field.name})
        position, given = sent[field.id]
        changed = _changed_options(stored[field.id], given)
        if changed:
            error = FieldError("validation_declared_field_change")
            found[str(position)] = dict.fromkeys(changed, error)
    return found


def _changed_options(before: AnyField, after: AnyField) -> list[str]:
    names = zip(before.__struct_fields__, before.__struct_encode_fields__, strict=True)
    return [
        wire
        for name, wire in names
        if name not in OWN_WORDS and getattr(before, name) != getattr(after, name)
    ]
