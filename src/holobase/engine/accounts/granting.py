"""Power over others: nobody hands out, or takes away, more than they have themselves; nor does
anybody decide about an account that may do more than they may.
"""

from collections.abc import Iterable, Mapping

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
    """What is wrong with a change of what the server guards of an account, its roles and its status
    say, by whoever asks for it. `stored` is empty for a new account: what that has is given."""
    declared = definition.declared.get(ROLES)
    if declared is None or declared.server is None or unit.request.is_superuser:
        return {}
    held = frozenset(stored.get(ROLES, ()))
    errors: dict[str, FieldError] = {}
    for name, field in definition.declared.items():
        # a field that the caller may not set keeps what it has
        if not field.server or field.server not in prepared.permissions:
            continue
        judged = held ^ set(values[ROLES]) if name == ROLES else held
        is_changed = name == ROLES or (bool(stored) and stored[name] != values[name])
        if is_changed and (yield from _is_beyond(unit, judged, prepared)):
            errors[name] = BEYOND
    return errors


def _is_beyond(unit: Unit, role_ids: Iterable[str], prepared: Submission) -> Command[bool]:
    """Whether one of the roles may do more than the caller may."""
    for role_id in sorted(role_ids):
        role = yield from unit.find(ROLES, role_id)
        if role is not None and not prepared.permissions.issuperset(role.values[PERMISSIONS]):
            return True
    return False
