"""Reactions: what else happens, in the same transaction, because of an event. Never on replay."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from holobase.engine.unit import Unit
from holobase.ports.command import Applied, Command

__all__ = ["Applied", "Command", "Reaction", "Reactions", "Unit"]

Reaction: TypeAlias = Callable[[Unit, Applied], Command[None]]


class Reactions:
    """The reactions of all services by event type, e.g. `users.created`."""

    def __init__(self, *tables: Mapping[str, tuple[Reaction, ...]]) -> None:
        self._by_type: dict[str, tuple[Reaction, ...]] = {}
        for table in tables:
            for kind, reactions in table.items():
                self._by_type[kind] = (*self._by_type.get(kind, ()), *reactions)

    def follow(self, cause: Applied) -> bool:
        """Whether anything is set off by events of this type."""
        return cause.event.type in self._by_type

    def run(self, unit: Unit, cause: Applied) -> Command[None]:
        """Everything that this event sets off, in declared order."""
        for reaction in self._by_type.get(cause.event.type, ()):
            yield from reaction(unit, cause)
