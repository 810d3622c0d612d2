"""A login in two steps: the first proof of who somebody is leaves an id, a second one of another
kind brings it back.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from holobase.domain.principal import MFAS
from holobase.domain.record import Record
from holobase.engine.accounts.belongings import is_over
from holobase.engine.unit import Unit
from holobase.ports.command import Command

Outcome: TypeAlias = Literal["", "mfa_expired", "mfa_of_another", "mfa_same_method"]
"""Empty where the step was taken, else why not."""


@dataclass(frozen=True, slots=True)
class Step:
    """One proof: whose, by which method, and how many seconds the first one is good for."""

    account: Record
    method: str
    duration: int


def begin(unit: Unit, step: Step) -> Command[str]:
    """Remembers the first step; the id that the second one has to bring."""
    owner = {"collectionRef": step.account.collection_id, "recordRef": step.account.id}
    record = yield from unit.create(MFAS, {**owner, "method": step.method})
    return record.id


def finish(unit: Unit, step: Step, mfa_id: str) -> Command[Outcome]:
    """Takes the second step, once. A first one that is too old is forgotten."""
    first = yield from unit.find(MFAS, mfa_id)
    if first is None:
        return "mfa_expired"
    if is_over(unit, first, step.duration):
        yield from unit.delete(MFAS, mfa_id)
        return "mfa_expired"
    owner = (step.account.collection_id, step.account.id)
    if (first.values["collectionRef"], first.values["recordRef"]) != owner:
        return "mfa_of_another"
    if first.values["method"] == step.method:
        return "mfa_same_method"
    yield from unit.delete(MFAS, mfa_id)
    return ""
