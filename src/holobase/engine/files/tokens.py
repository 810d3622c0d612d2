"""File tokens: they open protected files for a while, and nothing else. They stand in addresses,
which end up in logs and histories.
"""

import jwt

from holobase.domain.record import Record
from holobase.engine.accounts import tokens
from holobase.engine.accounts.principals import Principals
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
    claim = tokens.claim_of(token, KIND, catalogue)
    record = await principals.load(claim.definition, claim.record_id) if claim else None
    if claim is None or record is None:
        return None
    is_valid = tokens.is_valid(token, _key(record, claim.definition))
    return record if is_valid and principals.may_act(claim.definition, record) else None


def _key(record: Record, definition: Definition) -> str:
    auth = definition.collection.auth
    secret = auth.file_token.secret if auth else ""
    return f"{record.values['tokenKey']}{secret}"
