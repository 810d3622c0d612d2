"""What an id_token says, once it is known to be for us, in time, and by whom it should be."""

from collections.abc import Mapping
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from holobase.engine.oauth2.documents import Documents
from holobase.engine.oauth2.kinds import Configured
from holobase.engine.oauth2.people import ProviderFailed
from holobase.kit import json
from holobase.kit.json import Json

LEEWAY_SECONDS = 300
"""How far clocks may be apart."""

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""Signatures with a private key alone: what anybody can make out of what is published, or out of
nothing, proves nothing."""


async def claims_of(
    text: str, provider: Configured, documents: Documents, now: int
) -> Mapping[str, Json]:
    """The claims of an id_token for the provider's client. `now` is Unix milliseconds.

    Raises ProviderFailed for one that is not for us, not signed by whom it should be, not issued
    by them, or not in time.
    """
    try:
        if provider.id_token.keys_url:
            claims = await _verified(text, provider.id_token.keys_url, documents)
        else:
            claims = json.decode_strict(jws.extract_compact(text.encode()).payload)
        if not isinstance(claims, dict):
            raise ProviderFailed("the id_token is no object")
        registry = JWTClaimsRegistry(
            now // 1000,
            LEEWAY_SECONDS,
            aud={"essential": True, "value": provider.client_id},
            exp={"essential": True},
            azp={"value": provider.client_id},
        )
        if provider.id_token.issuers:
            registry.options["iss"] = {"essential": True, "values": [*provider.id_token.issuers]}
        registry.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ProviderFailed(f"the id_token is not good: {type(error).__name__} {error}") from error
    return claims


async def _verified(text: str, keys_url: str, documents: Documents) -> dict[str, Any]:
    keys = await documents.get(keys_url)
    try:
        return _decoded(text, keys)
    except InvalidKeyIdError:  # they may have been changed since
        keys = await documents.get(keys_url, fresh=True)
        return _decoded(text, keys)


def _decoded(text: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    return jwt.decode(text, KeySet.import_key_set(dict(keys)), ALGORITHMS).claims  # type: ignore[arg-type]
