"""A compiled SQL text and where each of its parameters comes from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from holobase.domain.fields import Cell
from holobase.domain.principal import Request
from holobase.rules import parameter

_GUEST = Request()
_NOTHING: Mapping[str, Cell] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """SQL with positional parameters. Keys that begin with `@` are read from the request, the
    others are constants of the text or given at execution.

    `forms`: what is made of the cell at each position before it is bound, None where it is bound
    as it is; empty for a store that takes every cell so.
    """

    sql: str
    keys: tuple[str, ...]
    constants: Mapping[str, Cell] = field(default_factory=dict)
    forms: tuple[Callable[[Cell], Cell] | None, ...] = ()

    def bind(
        self, request: Request = _GUEST, given: Mapping[str, Cell] = _NOTHING
    ) -> tuple[Cell, ...]:
        """The parameters in order, for one request."""
        values = [
            parameter(key, request)
            if key[0] == "@"
            else given[key]
            if key in given
            else self.constants[key]
            for key in self.keys
        ]
        if self.forms:
            return tuple(
                [
                    form(value) if form else value
                    for form, value in zip(self.forms, values, strict=True)
                ]
            )
        return tuple(values)
