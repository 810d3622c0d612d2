"""What is wrong with a definition: every check, put together, by the keys of the wire."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from holobase.domain.collection import Collection, Rule, Schema
from holobase.domain.declaration import Declaration
from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.event import DEFINITIONS, SETTINGS
from holobase.engine.collections import check_auth, check_fields, check_indexes, views
from holobase.engine.definitions import rules_of
from holobase.rules import Access, RuleError, compile_expression
from holobase.rules.tables import INTERNAL_PREFIX

NAME_BYTES_MAX: Final = 255
"""The reference's limit; no client counts on more."""

ID_BYTES_MAX: Final = 100
"""Likewise; an id begins the name of every stream of its records."""

INTERNAL_NAMES: Final = frozenset({DEFINITIONS, SETTINGS, "_params", "_migrations", "_requests"})
"""Names that mean something else in the log, or in the reference."""

_RESERVED_PREFIXES: Final = (INTERNAL_PREFIX, "sqlite_", "pg_")
_NO_RULES_OF_VIEWS: Final = frozenset({"create_rule", "update_rule", "delete_rule"})
_WORD: Final = re.compile(r"[A-Za-z0-9_]+")

_WIRE_NAME: Final = {
    "list_rule": "listRule",
    "view_rule": "viewRule",
    "create_rule": "createRule",
    "update_rule": "updateRule",
    "delete_rule": "deleteRule",
    "auth_rule": "authRule",
    "manage_rule": "manageRule",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A change to judge: `schema` holds all collections as they will be, this one included.

    `before` is None for a new one, `declaration` for what is no part of the product. `related` are
    the ids of the collections that its relations may name, `query_errors` what is wrong with the
    query of a view.
    """

    before: Collection | None
    after: Collection
    schema: Schema
    related: frozenset[str]
    declaration: Declaration | None
    comparisons_max: int
    query_errors: ErrorTree = field(default_factory=dict)


def errors_of(change: Change) -> dict[str, Any]:
    """Everything that is wrong with a change, nested as the wire nests it."""
    errors: dict[str, Any] = {**_of_name(change), **_of_flags(change)}
    if change.before is None:
        errors |= _of_id(change)
    errors |= change.query_errors
    targets = [each for each in change.schema.collections if each.id in change.related]
    fields = check_fields.errors_of(change.before, change.after, targets, change.declaration)
    if fields:
        errors["fields"] = fields
        if change.after.is_view:
            errors.setdefault("viewQuery", views.invalid("Its columns cannot be fields."))
        return errors  # rules, indexes and options name fields
    errors |= _of_rules(change)
    indexes = check_indexes.errors_of(
        change.before, change.after, change.schema, change.declaration
    )
    if indexes:
        errors["indexes"] = indexes
    if change.after.auth is not None:
        options = check_auth.errors_of(change.after, change.after.auth)
        if not options and (rule := _mfa_rule_error(change)):
            options = {"mfa": {"rule": rule}}
        errors = {**options, **errors}
    return errors


def _others(change: Change) -> list[Collection]:
    return [each for each in change.schema.collections if each is not change.after]


def _of_name(change: Change) -> dict[str, Any]:
    error = _name_error(change)
    return {"name": error} if error else {}


def _name_error(change: Change) -> FieldError | None:
    name, before = change.after.name, change.before
    if not name.strip():
        return FieldError("validation_required")
    if len(name.encode()) > NAME_BYTES_MAX:
        limits = {"min": 1, "max": NAME_BYTES_MAX}
        return FieldError("validation_length_out_of_range", limits)
    if not _WORD.fullmatch(name):
        return FieldError("validation_match_invalid")
    if "_via_" in name.lower():
        return FieldError("validation_found_via")
    if before is not None and before.name == name:
        return None
    if before is not None and before.system:
        return FieldError("validation_collection_system_name_change")
    if before is not None and change.declaration is not None:
        return FieldError("validation_declared_name_change")
    low = name.lower()
    if low.startswith(_RESERVED_PREFIXES) or low in {each.lower() for each in INTERNAL_NAMES}:
        return FieldError("validation_collection_name_invalid")
    if any(each.name.lower() == low for each in _others(change)):
        return FieldError("validation_collection_name_exists")
    if any(each.id == name for each in _others(change)):
        return FieldError("validation_collection_name_id_duplicate")
    return None


def _of_flags(change: Change) -> dict[str, Any]:
    before, after = change.before, change.after
    if before is not None and before.system != after.system:
        return {"system": FieldError("validation_collection_system_flag_change")}
    return {}


def _of_id(change: Change) -> dict[str, Any]:
    identifier = change.after.id
    error: FieldError | None = None
    if not 1 <= len(identifier.encode()) <= ID_BYTES_MAX:
        error = FieldError("validation_length_out_of_range", {"min": 1, "max": ID_BYTES_MAX})
    elif not _WORD.fullmatch(identifier):
        error = FieldError("validation_match_invalid")
    elif identifier.startswith("_") or any(  # ids name streams of the log
        identifier == each.id or identifier.lower() == each.name.lower() for each in _others(change)
    ):
        error = FieldError("validation_invalid_or_existing_id")
    return {"id": error} if error else {}


def _of_rules(change: Change) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    before = dict(rules_of(change.before)) if change.before else {}
    for name, rule in rules_of(change.after):
        if change.before is not None and change.before.system and before.get(name) != rule:
            error: FieldError | None = FieldError("validation_collection_system_rule_change")
        elif name == "manage_rule" and rule == "":
            error = FieldError("validation_nil_or_not_empty_required")
        elif change.after.is_view and name in _NO_RULES_OF_VIEWS:
            error = FieldError("validation_nil") if rule is not None else None
        else:
            error = _rule_error(change, rule)
        if error is not None:
            errors[_WIRE_NAME[name]] = error
    return errors


def _mfa_rule_error(change: Change) -> FieldError | None:
    auth = change.after.auth
    before = change.before.auth if change.before else None
    if auth is None:
        return None
    if before is not None and change.after.system and before.mfa.rule != auth.mfa.rule:
        return FieldError("validation_collection_system_rule_change")
    return _rule_error(change, auth.mfa.rule)


def _rule_error(change: Change, rule: Rule) -> FieldError | None:
    if not rule:
        return None
    try:
        compile_expression(
            rule,
            change.after,
            change.schema,
            Access.RULE,
            None,
            comparisons_max=change.comparisons_max,
        )
    except RuleError as error:
        return FieldError("validation_invalid_rule", detail=error.reason)
    return None


def paths_of(errors: ErrorTree, before: str = "") -> list[str]:
    """The errors of a tree, each as one line: where it is and its code."""
    lines: list[str] = []
    for name, error in errors.items():
        if isinstance(error, FieldError):
            lines.append(f"{before}{name}: {error.code}")
        else:
            lines += paths_of(error, f"{before}{name}.")
    return lines
