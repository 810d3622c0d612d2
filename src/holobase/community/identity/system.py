"""The system's own collections: superusers, and what logins leave behind for an account.

They are there with and without the community. What tells of a person's devices, addresses and
accounts elsewhere is personal, and sealed in events.
"""

from holobase.community.access import all_of, unchanged
from holobase.domain.collection import AuthOptions, TokenOptions
from holobase.domain.declaration import (
    Declaration,
    DeclaredField,
    boolean,
    date,
    declare,
    integer,
    password,
    text,
)
from holobase.domain.principal import AUTH_ORIGINS, EXTERNAL_AUTHS, MFAS, OTPS, PASSKEYS, SESSIONS
from holobase.domain.principal import SUPERUSERS as SUPERUSERS_NAME

OWNER = "identity"

CODE_COST = 8
"""bcrypt's cost for one-time codes, as in the reference: they live for minutes."""

CREDENTIAL_ID_LENGTH_MAX = 1_400
"""A device may call its key by 1,023 bytes; this is their base64url."""

ITS_OWNER = (
    "@request.auth.id != '' && recordRef = @request.auth.id "
    "&& collectionRef = @request.auth.collectionId"
)
SEEN = {"list": ITS_OWNER, "view": ITS_OWNER}
BY_ACCOUNT = "recordRef"
"""Accounts of all collections have different ids, so this finds what one has left."""

SUPERUSERS = declare(
    SUPERUSERS_NAME,
    owner=OWNER,
    type="auth",
    system=True,
    rules={},
    auth=AuthOptions(auth_token=TokenOptions(duration=86_400)),
)


def _of_account(
    name: str, *fields: DeclaredField, rules: dict[str, str], indexes: tuple[str, ...]
) -> Declaration:
    return declare(
        name,
        text("collectionRef", system=True, required=True),
        text("recordRef", system=True, required=True),
        *fields,
        owner=OWNER,
        system=True,
        person="recordRef",
        rules=rules,
        indexes=(*indexes, BY_ACCOUNT),
    )


EXTERNAL_ACCOUNTS = _of_account(
    EXTERNAL_AUTHS,
    text("provider", system=True, required=True),
    text("providerId", system=True, required=True, personal=True),
    rules={**SEEN, "delete": ITS_OWNER},
    indexes=(
        "idx_externalAuths_record_provider: UNIQUE collectionRef, recordRef, provider",
        "idx_externalAuths_collection_provider: UNIQUE collectionRef, provider, providerId",
    ),
)

FIRST_STEPS = _of_account(
    MFAS,
    text("method", system=True, required=True),
    rules=SEEN,
    indexes=("idx_mfas_collectionRef_recordRef: collectionRef, recordRef",),
)

CODES = _of_account(
    OTPS,
    password("password", system=True, hidden=True, required=True, cost=CODE_COST),
    text("sentTo", system=True, hidden=True, personal=True),
    rules=SEEN,
    indexes=("idx_otps_collectionRef_recordRef: collectionRef, recordRef",),
)

ORIGINS = _of_account(
    AUTH_ORIGINS,
    text("fingerprint", system=True, required=True, personal=True),
    rules={**SEEN, "delete": ITS_OWNER},
    indexes=("idx_authOrigins_unique_pairs: UNIQUE collectionRef, recordRef, fingerprint",),
)

SESSIONS_OF_ACCOUNTS = _of_account(
    SESSIONS,
    text("method", system=True, required=True),
    text("address", system=True, personal=True),
    text("device", system=True, personal=True),
    rules={**SEEN, "delete": ITS_OWNER},
    indexes=(),
)

PASSKEYS_OF_ACCOUNTS = _of_account(
    PASSKEYS,
    text("name", system=True, max=100, personal=True, presentable=True),
    text(
        "credentialId",
        system=True,
        required=True,
        server="",
        personal=True,
        max=CREDENTIAL_ID_LENGTH_MAX,
    ),
    text("publicKey", system=True, hidden=True, required=True, server="", personal=True),
    integer("signCount", system=True, hidden=True, server=""),
    boolean("backedUp", system=True, server=""),
    date("lastUsed", system=True, server=""),
    rules={
        **SEEN,
        "update": all_of(ITS_OWNER, unchanged("collectionRef", "recordRef")),
        "delete": ITS_OWNER,
    },
    indexes=("UNIQUE credentialId",),
)
"""An account's owner may rename one, and delete it; all else is the server's."""

SYSTEM: tuple[Declaration, ...] = (
    SUPERUSERS,
    EXTERNAL_ACCOUNTS,
    FIRST_STEPS,
    CODES,
    ORIGINS,
    SESSIONS_OF_ACCOUNTS,
    PASSKEYS_OF_ACCOUNTS,
)
