"""Who asks, and what they ask with: everything a rule may look at besides records."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from holobase.domain.record import Record
from holobase.kit.json import Json

SUPERUSERS = "_superusers"
EXTERNAL_AUTHS = "_externalAuths"
MFAS = "_mfas"
OTPS = "_otps"
AUTH_ORIGINS = "_authOrigins"
SESSIONS = "_sessions"
PASSKEYS = "_passkeys"

OF_ACCOUNTS = (EXTERNAL_AUTHS, MFAS, OTPS, AUTH_ORIGINS, SESSIONS, PASSKEYS)
"""The system's collections whose records belong to an account: `recordRef` of `collectionRef`."""

Context: TypeAlias = Literal[
    "default", "oauth2", "otp", "password", "realtime", "protectedFile", "expand", "batch"
]


class Request(msgspec.Struct, frozen=True):
    """One request as rules see it (`@request.*`).

    `headers` have lower-cased snake_case names. `body` holds submitted values after
    normalisation and modifiers, hidden fields removed for everyone but superusers; its keys tell
    what `:isset` sees. `now` is Unix milliseconds. `auth` None is a guest, or
    the server itself where `service` says which part of it asks. `address` and `device` (the
    client's name for itself) are for sign-ins and the audit, `session` is that of the token (empty
    where it has none); no rule sees them.
    """

    auth: Record | None = None
    method: str = "GET"
    context: Context = "default"
    query: Mapping[str, str] = msgspec.field(default_factory=dict)
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: Mapping[str, Json] = msgspec.field(default_factory=dict)
    now: int = 0
    id: str = ""
    service: str = ""
    address: str = ""
    device: str = ""
    session: str = ""

    def but(self, **changes: Any) -> "Request":
        """The same request with other values."""
        return msgspec.structs.replace(self, **changes)

    @property
    def is_superuser(self) -> bool:
        """Whether every rule is waived: for superusers, and for the server itself."""
        if self.auth is None:
            return bool(self.service)
        return self.auth.collection_name == SUPERUSERS

    @property
    def actor(self) -> str:
        """Who caused an event: `collection/record id`, `service/name`, or `guest`."""
        if self.auth is not None:
            return f"{self.auth.collection_name}/{self.auth.id}"
        return f"service/{self.service}" if self.service else "guest"
