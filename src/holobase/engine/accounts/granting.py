"""Giving and taking roles: nobody hands out, or takes away, more than they have themselves."""

from collections.abc import Mapping

from holobase.domain.errors import FieldError
from holobase.domain.fields import Value
from holobase.engine.catalogue import Definition
from holobase.engine.permissions import PERMISSIONS, ROLES
from holobase.engine.submission import Submission
from holobase.engine.unit import Unit
from holobase.ports.command import Command

BEYOND = FieldError("validation_beyond_own_permissions")


def granting_errors(
    unit: Unit,
    definition: Definition,
    prepared: Submission,
    stored: Mapping[str, Value],
    values: Mapping[str, Value],
) -> Command[dict[str, FieldError]]:
    """What is wrong with a change of somebody's roles by whoever asks for it."""
    declared = definition.declared.get(ROLES)
    if declared is None or declared.server is None or unit.request.is_superuser:
        return {}
    changed = set(stored.get(ROLES, ())) ^ set(values[ROLES])
    if not changed or declared.server not in prepared.permissions:
        return {}  # such a field is not the caller's to set, and a new account's roles are given
    for role_id in sorted(changed):
        role = yield from unit.find(ROLES, role_id)
        if role is not None and not prepared.permissions.issuperset(role.values[PERMISSIONS]):
            return {ROLES: BEYOND}
    return {}
