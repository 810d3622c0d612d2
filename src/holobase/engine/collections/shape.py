"""The wire's form of a definition: what is shown, and what is sent merged onto what is there."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from holobase.domain.auth_options import Provider, secrets_of, with_secrets
from holobase.domain.collection import AuthOptions, Collection
from holobase.engine.collections.fields import built_fields
from holobase.kit import json
from holobase.kit.json import Json, MalformedJson

RULE_KEYS: Final = ("listRule", "viewRule", "createRule", "updateRule", "deleteRule")
COMMON_KEYS: Final = ("name", "system", *RULE_KEYS)

NULLABLE: Final = frozenset({*RULE_KEYS, "authRule", "manageRule", "pkce"})
"""Keys whose null means something; under all others it stands for nothing sent."""

_HIDDEN: Final = frozenset({"secret", "clientSecret"})


class Malformed(ValueError):
    """What was sent has not the form of a definition."""


def shown(collection: Collection) -> dict[str, Any]:
    """The definition as the wire shows it: keys in its order, no secrets."""
    plain = msgspec.to_builtins(collection)
    members = {
        "id": collection.id,
        **{key: plain[key] for key in RULE_KEYS},
        "name": collection.name,
        "type": collection.type,
        "fields": [json.sorted_wire(field) for field in plain["fields"]],
        "indexes": list(collection.indexes),
        "created": collection.created,
        "updated": collection.updated,
        "system": collection.system,
    }
    if collection.is_view:
        members["viewQuery"] = collection.view_query
    if collection.auth is not None:
        members |= _shown_options(collection.auth)
    return members


def merged(sent: Mapping[str, Json], onto: Collection, *, keeps: bool | None = None) -> Collection:
    """The definition with what was sent in place of what was there. Raises Malformed.

    A list of fields replaces the one before as a whole; those of a view follow from its query. An
    import says whether it `keeps` the fields that it does not name.
    """
    plain = msgspec.to_builtins(onto)
    members = {key: plain[key] for key in COMMON_KEYS}
    members |= {key: sent[key] for key in COMMON_KEYS if _is_sent(sent, key)}
    if onto.is_view and _is_sent(sent, "viewQuery"):
        members["viewQuery"] = sent["viewQuery"]
    if "indexes" in sent:
        members["indexes"] = sent["indexes"] or []
    else:
        members["indexes"] = plain["indexes"]
    try:
        changed = msgspec.convert({**plain, **members}, Collection, strict=True)
        if onto.auth is not None:
            changed = msgspec.structs.replace(changed, auth=_merged_options(sent, onto.auth))
        if sent.get("fields") is None or onto.is_view:
            return changed
        kept = onto.fields if keeps else ()
        fields = built_fields(sent["fields"], changed.type, kept, id_first=keeps is None)
    except (msgspec.ValidationError, MalformedJson, TypeError) as error:
        raise Malformed(str(error)) from error
    return msgspec.structs.replace(changed, fields=fields)


def _is_sent(sent: Mapping[str, Json], key: str) -> bool:
    return key in sent and (sent[key] is not None or key in NULLABLE)


def _shown_options(auth: AuthOptions) -> dict[str, Any]:
    plain: dict[str, Any] = _without_secrets(msgspec.to_builtins(auth))
    for provider in plain["oauth2"]["providers"]:
        provider["extra"] = msgspec.Raw(provider["extra"].encode())
    return plain


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_secrets(member) for k, member in value.items() if k not in _HIDDEN}
    if isinstance(value, list | tuple):
        return [_without_secrets(item) for item in value]
    return value


def _merged_options(sent: Mapping[str, Json], auth: AuthOptions) -> AuthOptions:
    merged_members = _merge(msgspec.to_builtins(auth), sent)
    options = msgspec.convert(merged_members, AuthOptions, strict=True)
    if options.auth_rule != auth.auth_rule:
        # Who may log in is decided anew, so everybody has to.
        options = with_secrets(options, {**secrets_of(options), "secret": ""})
    return options


def _merge(there: dict[str, Any], sent: Mapping[str, Json]) -> dict[str, Any]:
    found = dict(there)
    for key, before in there.items():
        if not _is_sent(sent, key):
            continue
        if key == "providers":
            found[key] = _providers(before, sent[key])
        elif key == "extra":
            found[key] = _extra(sent[key])
        elif isinstance(before, dict):
            if not isinstance(sent[key], Mapping):
                raise Malformed(f"{key} is not an object")
            found[key] = _merge(before, sent[key])
        else:
            found[key] = sent[key]
    return found


def _providers(there: list[dict[str, Any]], sent: Json) -> list[dict[str, Any]]:
    """By position: what is not sent of a provider stays as it was there. A secret, which nobody can
    send back, belongs to a name and goes where the name goes."""
    if not isinstance(sent, list) or not all(isinstance(item, Mapping) for item in sent):
        raise Malformed("providers is not a list of objects")
    blank: dict[str, Any] = msgspec.to_builtins(Provider())
    secrets = {provider["name"]: provider["clientSecret"] for provider in there}
    found = []
    for position, item in enumerate(sent):
        merged_one = _merge(there[position] if position < len(there) else blank, item)
        if not _is_sent(item, "clientSecret"):
            merged_one["clientSecret"] = secrets.get(merged_one["name"], "")
        found.append(merged_one)
    return found


def _extra(sent: Json) -> str:
    if not isinstance(sent, Mapping):
        raise Malformed("extra is not an object")
    return json.encode(json.sorted_wire(sent)).decode()
