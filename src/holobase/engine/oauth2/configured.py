"""Providers as collections configure them."""

import msgspec

from holobase.domain.auth_options import OAuth2, Provider
from holobase.engine.oauth2.kinds import Configured, IdToken
from holobase.engine.oauth2.providers import PROVIDERS


def named(oauth2: OAuth2, name: str) -> Provider | None:
    """The provider with this name, where the collection has it."""
    return next((provider for provider in oauth2.providers if provider.name == name), None)


def configured(provider: Provider) -> Configured | None:
    """What a collection says of a provider, over what is known of it; None for an unknown one."""
    kind = PROVIDERS.get(provider.name)
    if kind is None:
        return None
    extra = msgspec.json.decode(provider.extra or "{}")
    asks_microsoft = provider.name == "microsoft" and extra.get("idTokenEmailClaim")
    return Configured(
        name=provider.name,
        title=provider.display_name or kind.title or provider.name,
        kind=kind,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        pkce=kind.pkce if provider.pkce is None else provider.pkce,
        auth_url=provider.auth_url or kind.auth_url,
        token_url=provider.token_url or kind.token_url,
        user_url=provider.user_info_url or kind.user_url,
        scopes=(*kind.scopes, "openid") if asks_microsoft else kind.scopes,
        id_token=IdToken(
            _texts(extra.get("issuers")) or kind.id_token.issuers,
            _text(extra.get("jwksURL")) or kind.id_token.keys_url,
        ),
        discovery_url=_text(extra.get("discoveryURL")) if kind.speaks_oidc else "",
        extra=extra,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(filter(None, map(_text, value))) if isinstance(value, list) else ()
