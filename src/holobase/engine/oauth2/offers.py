"""Where a login by another service begins: the addresses that clients send people to."""

import hashlib
import logging
from base64 import urlsafe_b64encode
from typing import Final
from urllib.parse import urlencode

from holobase.domain.auth_options import OAuth2
from holobase.engine.oauth2.configured import configured
from holobase.engine.oauth2.documents import Documents
from holobase.engine.oauth2.kinds import Configured
from holobase.engine.oauth2.people import ProviderFailed
from holobase.kit import ids

STATE_LENGTH: Final = 30
VERIFIER_LENGTH: Final = 43
CHALLENGE_METHOD: Final = "S256"

_log = logging.getLogger("holobase.oauth2")


async def offers(oauth2: OAuth2, documents: Documents) -> list[dict[str, str]]:
    """What clients are told of a collection's providers; one that says nothing of where it is asked
    is left out. Nothing of it is remembered here: the client brings it back, or not."""
    if not oauth2.enabled:
        return []
    found: list[dict[str, str]] = []
    for each in oauth2.providers:
        provider = configured(each)
        if provider is None:
            continue
        try:
            found.append(_offer(await documents.completed(provider)))
        except ProviderFailed as error:
            _log.warning("provider %s is not offered: %s", provider.name, error)
    return found


def _offer(provider: Configured) -> dict[str, str]:
    state = ids.random_text(STATE_LENGTH)
    verifier = ids.random_text(VERIFIER_LENGTH) if provider.pkce else ""
    challenge = _challenge(verifier) if verifier else ""
    method = CHALLENGE_METHOD if verifier else ""
    query = {
        "client_id": provider.client_id,
        "response_type": "code",
        "state": state,
        **({"scope": " ".join(provider.scopes)} if provider.scopes else {}),
        **({"code_challenge": challenge, "code_challenge_method": method} if verifier else {}),
        **provider.kind.auth_query,
    }
    joint = "&" if "?" in provider.auth_url else "?"
    url = f"{provider.auth_url}{joint}{urlencode(sorted(query.items()))}&redirect_uri="
    return {
        "name": provider.name,
        "displayName": provider.title,
        "logo": "",
        "state": state,
        "authURL": url,
        "authUrl": url,
        "codeVerifier": verifier,
        "codeChallenge": challenge,
        "codeChallengeMethod": method,
    }


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
