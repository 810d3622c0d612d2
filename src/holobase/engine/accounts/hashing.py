"""The hashes a write needs, made before its command runs: in two steps, so that a write which is
refused anyway costs none. What could not be foreseen, a command says by raising `Unprepared`.
"""

from collections.abc import Mapping
from dataclasses import replace

from holobase.domain.errors import FieldError
from holobase.domain.fields import PasswordField, Value
from holobase.engine.accounts.passwords import Passwords
from holobase.engine.catalogue import Definition
from holobase.engine.submission import Submission, may_set

PENDING = "pending"
"""Stands for a hash that was not made. No record is ever stored with it."""


class Unprepared(Exception):
    """A command came to something that only work outside of it can settle: it is to be done, and
    the command run again.

    `compare` is the stored hash that the old password has to be compared with; `keep_for` is the
    id of the record whose files have to be stored; without either, the announced passwords have to
    be hashed.
    """

    def __init__(self, compare: str = "", keep_for: str = "") -> None:
        super().__init__("a command was not prepared")
        self.compare = compare
        self.keep_for = keep_for


def announced(definition: Definition, prepared: Submission) -> Submission:
    """Marks the passwords that would have to be hashed, and says what is wrong with the others."""
    pending: dict[str, str] = {}
    errors: dict[str, FieldError] = {}
    for field in definition.passwords:
        plain = _plain(definition, field, prepared)
        if not plain or field.name in prepared.hashes:
            continue
        error = field.check(plain)
        if error is not None:
            errors[field.name] = error
        pending[field.name] = PENDING
    if not pending:
        return prepared
    return replace(prepared, hashes={**prepared.hashes, **pending}, errors=errors)


async def hashed(definition: Definition, prepared: Submission, passwords: Passwords) -> Submission:
    """Makes the hashes that were announced."""
    hashes = {
        field.name: await passwords.hash(_plain(definition, field, prepared), field)
        for field in definition.passwords
        if prepared.hashes.get(field.name) == PENDING
    }
    return replace(prepared, hashes={**prepared.hashes, **hashes})


def is_pending(prepared: Submission) -> bool:
    """Whether hashes were announced and not made."""
    return PENDING in prepared.hashes.values()


def refuse_pending(definition: Definition, values: Mapping[str, Value]) -> None:
    """Raises Unprepared where a write was foreseen to be refused, and then was not."""
    if any(values[field.name] == PENDING for field in definition.passwords):
        raise Unprepared


def _plain(definition: Definition, field: PasswordField, prepared: Submission) -> str:
    if field.name not in prepared.body or not may_set(definition, field, prepared):
        return ""
    return str(field.normalise(prepared.body[field.name]))
