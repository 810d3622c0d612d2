"""What is known of a kind of provider (a row of the table in `providers`), and of a provider as one
collection uses it.
"""

from collections.abc import Mapping

import msgspec

from holobase.engine.oauth2.people import Addresses, Reading
from holobase.kit.json import Json


class IdToken(msgspec.Struct, frozen=True):
    """What is checked of an id_token beside its audience and times: who may have issued it, and the
    keys it may be signed with. Without an address of keys the signature is not looked at: the token
    comes from the provider itself, over TLS."""

    issuers: tuple[str, ...] = ()
    keys_url: str = ""


class ProviderKind(msgspec.Struct, frozen=True):
    """A provider as it is known to everybody.

    `user_query` is a GraphQL query that asks for the person, `user_headers` what is sent with that
    request (`{client_id}` is filled in), `auth_query` what is added to the address of the login.
    `speaks_oidc`: what its id_token says can stand for what is told of the person.
    """

    title: str
    auth_url: str = ""
    token_url: str = ""
    user_url: str = ""
    scopes: tuple[str, ...] = ()
    reading: Reading = msgspec.field(default_factory=Reading)
    pkce: bool = True
    auth_query: Mapping[str, str] = msgspec.field(default_factory=dict)
    user_headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    user_query: str = ""
    addresses: Addresses | None = None
    id_token: IdToken = msgspec.field(default_factory=IdToken)
    speaks_oidc: bool = False


class Configured(msgspec.Struct, frozen=True):
    """A provider as a collection uses it: what the collection says, over what is known anyway."""

    name: str
    title: str
    kind: ProviderKind
    client_id: str
    client_secret: str
    pkce: bool
    auth_url: str
    token_url: str
    user_url: str
    scopes: tuple[str, ...]
    id_token: IdToken
    discovery_url: str = ""
    extra: Mapping[str, Json] = msgspec.field(default_factory=dict)
