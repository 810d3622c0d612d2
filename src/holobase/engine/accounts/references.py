"""Records of the system's collections name an account: it has to be there, and be one."""

from collections.abc import Mapping

from holobase.domain.errors import FieldError
from holobase.domain.fields import Value
from holobase.domain.principal import EXTERNAL_AUTHS, OF_ACCOUNTS
from holobase.engine.catalogue import Definition
from holobase.engine.oauth2.providers import PROVIDERS
from holobase.engine.unit import Unit
from holobase.ports import command
from holobase.ports.command import Command


def reference_errors(
    unit: Unit, definition: Definition, values: Mapping[str, Value]
) -> Command[dict[str, FieldError]]:
    """The one thing that is wrong with whom a record of the system's belongs to."""
    if definition.name not in OF_ACCOUNTS:
        return {}
    target = unit.catalogue.by_id(values["collectionRef"])
    if target is None:
        return {"collectionRef": FieldError("validation_invalid_collection_id")}
    if not target.collection.is_auth:
        return {"collectionRef": FieldError("validation_invalid_collection_type")}
    if (yield from command.missing(target.collection, (values["recordRef"],))):
        return {"recordRef": FieldError("validation_invalid_record")}
    if definition.name == EXTERNAL_AUTHS and values["provider"] not in PROVIDERS:
        return {"provider": FieldError("validation_in_invalid")}
    return {}
