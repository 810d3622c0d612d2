"""What a client submitted, turned into values: modifiers resolved, everything normalised, and
what the caller may not set left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from holobase.domain.errors import FieldError
from holobase.domain.fields import AutodateField, Field, FileField, PasswordField, Value
from holobase.domain.patterns import generate
from holobase.domain.upload import Upload
from holobase.engine.catalogue import Definition
from holobase.kit.json import Json

_SUFFIXES = ("+", "-", ":autogenerate")


@dataclass(frozen=True, slots=True)
class Submission:
    """The body of a create or update as it came, and what was prepared from it outside.

    `hashes` holds the bcrypt hash of every password field that was sent with an acceptable text,
    `errors` why others were not; `permissions` are the caller's. `uploads` are the files that were
    sent, by the names that the body has in their place.
    """

    body: Mapping[str, Json]
    is_superuser: bool
    permissions: frozenset[str] = frozenset()
    hashes: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, FieldError] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)


def resolve(
    definition: Definition, submission: Submission, stored: Mapping[str, Value]
) -> dict[str, Value]:
    """The submitted fields by name with their final values. Shorter keys are applied first."""
    fields = definition.collection.field_by_name
    found: dict[str, Value] = {}
    for key in sorted(submission.body, key=len):
        name, modifier = (key, "") if key in fields else _split(key, fields)
        known = fields.get(name)
        if known is None:
            continue
        if name not in definition.open and not may_set(definition, known, submission):
            continue
        wire = submission.body[key]
        if not modifier:
            found[name] = _normalised(known, wire, submission)
        else:
            changed = known.apply_modifier(modifier, found.get(name, stored[name]), wire)
            if changed is not None:
                found[name] = changed
    return found


def body_for_rules(
    definition: Definition, submission: Submission, values: Mapping[str, Value]
) -> dict[str, Any]:
    """`@request.body`: what was sent, with the final values under the plain names."""
    fields = definition.collection.field_by_name
    kept = {
        key: value
        for key, value in submission.body.items()
        if key not in fields and _split(key, fields)[0] not in fields
    }
    hidden = frozenset() if submission.is_superuser else definition.hidden
    uploads = submission.uploads
    shown = {
        name: uploads[value].for_rules() if isinstance(value, str) and value in uploads else value
        for name, value in values.items()
        if name not in hidden
    }
    return kept | shown


def autogenerate(definition: Definition, values: dict[str, Value]) -> None:
    """Fills empty texts that have a pattern to be generated from."""
    for known in definition.generated:
        if not values[known.name]:
            values[known.name] = generate(known.autogenerate_pattern)


def new_id(definition: Definition) -> str:
    """An id for a new record; empty where none can be made."""
    return next(
        (generate(f.autogenerate_pattern) for f in definition.generated if f.name == "id"), ""
    )


def field_errors(
    definition: Definition,
    values: Mapping[str, Value],
    stored: Mapping[str, Value],
    uploads: Mapping[str, Upload],
) -> dict[str, FieldError]:
    """The one error of each field. Relations are not looked up here, hashes are not judged."""
    errors: dict[str, FieldError] = {}
    for known, may_be_zero, zero in definition.judged:
        value = values[known.name]
        if may_be_zero and value == zero:
            continue
        if isinstance(known, FileField) and not known.is_zero(value):
            before = known.items(stored.get(known.name, known.zero))
            error = known.check_files(value, before, uploads)
        elif isinstance(known, PasswordField) and not known.is_zero(value):
            error = None
        else:
            error = known.validate(value)
        if error is not None:
            errors[known.name] = error
    check = definition.declaration.check if definition.declaration else None
    if check is not None and not errors:
        errors |= {name: FieldError(code) for name, code in check(values).items()}
    return errors


def _split(key: str, fields: Mapping[str, Field]) -> tuple[str, str]:
    if key in fields:
        return key, ""
    for suffix in _SUFFIXES:
        if key.endswith(suffix) and key.removesuffix(suffix) in fields:
            return key.removesuffix(suffix), suffix
    if key.startswith("+"):
        return key[1:], "+<"
    return key, ""


def may_set(definition: Definition, known: Field, submission: Submission) -> bool:
    """Whether a value sent for this field counts."""
    if isinstance(known, AutodateField):
        return False
    declared = definition.declared.get(known.name)
    if declared is not None and declared.derived is not None:
        return False
    if submission.is_superuser:
        return True
    if declared is not None and declared.server is not None:
        return declared.server in submission.permissions
    is_own_password = definition.collection.is_auth and known.name == "password"
    return not known.hidden or is_own_password


def _normalised(known: Field, wire: Json, submission: Submission) -> Value:
    if isinstance(known, PasswordField):
        return submission.hashes.get(known.name, "")
    return known.normalise(wire)
