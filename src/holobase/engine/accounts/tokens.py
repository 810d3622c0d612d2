"""Tokens: JWTs signed with HS256 over the account's token key and the collection's secret."""

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

import jwt
import msgspec
from jwt.utils import base64url_decode

from holobase.domain.auth_options import AuthOptions, TokenOptions
from holobase.domain.record import Record
from holobase.engine.catalogue import Catalogue, Definition

ALGORITHM = "HS256"

Kind: TypeAlias = Literal["auth", "file", "verification", "passwordReset", "emailChange"]
AUTH: Final[Kind] = "auth"

LENGTH_MAX = 4_096
"""Longer texts are no token of ours, and are not looked into."""

DIGEST_BYTES = 16

LATEST = 2**63 - 1
"""The latest end that a token may claim, as in the reference."""

PARTS = 3
PART: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
"""Header and claims; Python's decoder would pass over what is no base64url."""

SIGNATURE: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", re.ASCII)
"""32 bytes as base64url in their one spelling: the last character holds four bits and two zeros."""

FOREVER = 2**53
"""The end of a token that has none, in Unix seconds."""

SIGNED_MAX = 1_000
"""Tokens kept: two of one account in the same second are the same text."""


class Claim(msgspec.Struct, frozen=True):
    """What a token says: for which account of which collection it is, and the rest. Nothing of it
    is proved."""

    definition: Definition
    record_id: str
    members: Mapping[str, Any]


def duration(definition: Definition) -> int:
    """How many seconds the auth tokens of a collection are good for."""
    auth = definition.collection.auth
    if auth is None:
        raise ValueError(f"{definition.name} has no accounts")
    return auth.auth_token.duration


def signed(record: Record, definition: Definition, expires: int, *, refreshable: bool) -> str:
    """An auth token for the account that is good until a moment, in Unix seconds."""
    key = signing_key(record, definition)
    return _signed(record.collection_id, record.id, expires, refreshable, key)


def issue_to_mail(
    kind: Kind, record: Record, definition: Definition, now: int, **claims: str
) -> str:
    """A token to be sent to an account, for one of the things that are confirmed by mail."""
    expires = now // 1000 + options_of(definition, kind).duration
    own = {"collectionId": record.collection_id, "exp": expires, "id": record.id, "type": kind}
    members = dict(sorted({**own, **claims}.items()))
    return jwt.encode(members, signing_key(record, definition, kind), ALGORITHM, sort_headers=True)


def options_of(definition: Definition, kind: Kind) -> TokenOptions:
    """How a collection has tokens of a kind signed, and for how long."""
    auth = definition.collection.auth or AuthOptions()
    return {
        "auth": auth.auth_token,
        "file": auth.file_token,
        "verification": auth.verification_token,
        "passwordReset": auth.password_reset_token,
        "emailChange": auth.email_change_token,
    }[kind]


def digest(token: str) -> str:
    """What a token is told by where it is not to be told itself."""
    return hashlib.blake2b(token.encode(), digest_size=DIGEST_BYTES).hexdigest()


def expiry(token: str) -> int:
    """When a token that is valid ends, in Unix seconds."""
    return min(int((unverified(token) or {}).get("exp", FOREVER)), FOREVER)


@lru_cache(maxsize=SIGNED_MAX)
def _signed(collection_id: str, record_id: str, expires: int, refreshable: bool, key: str) -> str:
    claims = {
        "collectionId": collection_id,
        "exp": expires,
        "id": record_id,
        "refreshable": refreshable,
        "type": AUTH,
    }
    return jwt.encode(claims, key, ALGORITHM, sort_headers=True)


def signing_key(record: Record, definition: Definition, kind: Kind = AUTH) -> str:
    """The key of all tokens of a kind of one account: its token key, then the collection's
    secret."""
    return f"{record.values['tokenKey']}{options_of(definition, kind).secret}"


def claim_of(token: str, kind: str, catalogue: Catalogue) -> Claim | None:
    """The claim of what looks like a token of a kind, for accounts of a collection there is."""
    members = unverified(token)
    if members is None or members.get("type") != kind:
        return None
    identifier, collection_id = members.get("id"), members.get("collectionId")
    if not (isinstance(identifier, str) and isinstance(collection_id, str)):
        return None
    definition = catalogue.find(collection_id)
    if definition is None or not definition.collection.is_auth:
        return None
    return Claim(definition, identifier, members)


def unverified(token: str) -> Mapping[str, Any] | None:
    """The members of something that looks like a token."""
    parts = token.split(".") if len(token) <= LENGTH_MAX else ()
    if len(parts) != PARTS or not all(map(PART.fullmatch, parts[:2])):
        return None
    try:
        members = [msgspec.json.decode(base64url_decode(part)) for part in parts[:2]]
    except ValueError:  # msgspec's errors are some
        return None
    return members[1] if all(isinstance(each, dict) for each in members) else None


def is_valid(token: str, key: str) -> bool:
    """Whether the signature is right and the token's times hold (a token without `exp` is).

    One token has one spelling: a session is known by the text of its tokens, so that another
    spelling of the same signature would be of no session, and outlive it.
    """
    if not (key and SIGNATURE.fullmatch(token.rpartition(".")[2])):
        return False
    expires = (unverified(token) or {}).get("exp", 0)
    if isinstance(expires, bool) or not isinstance(expires, int | float) or expires > LATEST:
        return False
    try:
        jwt.decode(token, key, algorithms=[ALGORITHM], options={"verify_aud": False})
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):  # times may be anything
        return False
    return True
