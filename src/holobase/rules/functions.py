"""The functions of the language, and what each accepts."""

from holobase.rules import dialect
from holobase.rules.errors import RuleError
from holobase.rules.names import Names, constant
from holobase.rules.operands import Function, Operand, all_rows
from holobase.rules.predicate_cells import distance
from holobase.rules.syntax import Call, Identifier, Number, Text

_COORDINATES = 4


def call_operand(call: Call, names: Names) -> Operand:
    """What a call stands for. Raises RuleError."""
    if call.name == "geoDistance":
        return _geo_distance(call, names)
    if call.name == "strftime":
        return _strftime(call, names)
    raise RuleError("There is no such function.", call.position)


def argument(written: Identifier | Number | Text, names: Names) -> Operand:
    """An operand that is no call."""
    if isinstance(written, Identifier):
        return names.operand(written.name, written.position)
    return constant(written.value)


def _geo_distance(call: Call, names: Names) -> Operand:
    if len(call.arguments) != _COORDINATES:
        raise RuleError("geoDistance takes lonA, latA, lonB, latB.", call.position)
    for written in call.arguments:
        if isinstance(written, Text):
            raise RuleError("Coordinates are names or numbers.", written.position)
    operands = tuple(argument(written, names) for written in call.arguments)
    return Function(
        arguments=operands,
        make=dialect.GeoDistance,
        memory=distance,
        rows=all_rows(operands),
        is_strict=True,
    )


def _strftime(call: Call, names: Names) -> Operand:
    if not call.arguments:
        raise RuleError("strftime takes a format, a time value and modifiers.", call.position)
    for place, written in enumerate(call.arguments):
        if place != 1 and not isinstance(written, Text):
            raise RuleError("Formats and modifiers are texts.", written.position)
    operands = tuple(argument(written, names) for written in call.arguments)
    return Function(
        arguments=operands,
        make=dialect.Strftime,
        rows=all_rows(operands),
        is_many=any(operand.is_many for operand in operands),
    )
