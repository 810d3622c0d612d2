"""What reactions read of the event that set them off."""

from types import MappingProxyType

from holobase.domain.derived import Values
from holobase.engine.reactions import Applied
from holobase.ports.command import RowChange

NOTHING: Values = MappingProxyType({})


def record_id(cause: Applied) -> str:
    """The id of the record that changed."""
    return _change(cause).id


def collection(cause: Applied) -> str:
    """The name of the collection whose record changed."""
    return _change(cause).collection.name


def before(cause: Applied) -> Values:
    """The values before the change; none for a new record."""
    return _change(cause).before or NOTHING


def after(cause: Applied) -> Values:
    """The values after the change; none for a deleted record."""
    return _change(cause).after or NOTHING


def _change(cause: Applied) -> RowChange:
    if not isinstance(cause.change, RowChange):
        raise TypeError(f"{cause.event.type} changes no record")
    return cause.change
