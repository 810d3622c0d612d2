"""File tokens: they open protected files for a while, and nothing else. They stand in addresses,
which end up in logs and histories.
"""

import jwt

from holobase.domain.record import Record
from holobase.engine.accounts import tokens
from holobase.engine.accounts.principals import TOKEN_LENGTH_MAX, Principals
from holobase.engine.catalogue import Catalogue, Definition

KIND = "file"


def issue(record: Record, definition: Definition, now: int) -> str:
    """A file token for the account. `now` is Unix milliseconds."""
    auth = definition.collection.auth
    if auth is None:
        raise ValueError(f"{definition.name} has no accounts")
    claims = {
        "collectionId": record.collection_id,
        "exp": now // 1000 + auth.file_token.duration,
        "id": record.id,
        "type": KIND,
    }
    return jwt.encode(claims, _key(record, definition), tokens.ALGORITHM, sort_headers=True)


async def resolve(token: str, catalogue: Catalogue, principals: Principals) -> Record | None:
    """The account that a file token speaks for; None for anything else."""
    claims = tokens.unverified(token) if 0 < len(token) <= TOKEN_LENGTH_MAX else None
    if claims is None or claims.get("type") != KIND:
        return None
    identifier, collection_id = claims.get("id"), claims.get("collectionId")
    if not (isinstance(identifier, str) and isinstance(collection_id, str)):
        return None
    definition = catalogue.find(collection_id)
    if definition is None or not definition.collection.is_auth:
        return None
    record = await principals.load(definition, identifier)
    if record is None or not tokens.is_valid(token, _key(record, definition)):
        return None
    may_act = definition.declaration is None or definition.declaration.may_act(record.values)
    return record if may_act else None


def _key(record: Record, definition: Definition) -> str:
    auth = definition.collection.auth
    secret = auth.file_token.secret if auth else ""
    return f"{record.values['tokenKey']}{secret}"
