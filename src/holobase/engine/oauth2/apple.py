"""What Apple does its own way: a client secret that is a token, and a name that is told only once,
to the redirect and not with the person.

The name travels from the redirect to the login behind the code, sealed, because another process
may be asked to log in.
"""

import re
import time
from collections.abc import Mapping
from typing import Final

import msgspec

from holobase.domain.errors import BadRequest, FieldError, Invalid
from holobase.engine.oauth2.people import text_at
from holobase.engine.sealing import Sealer
from holobase.kit import json
from holobase.kit.json import Json

NAME: Final = "apple"
AUDIENCE: Final = "https://appleid.apple.com"

NAME_SECONDS = 60
"""How long a name is good for; the login follows the redirect at once."""

NAME_LENGTH_MAX = 150
"""Characters kept of a name; it comes through the browser, from anybody."""

SECRET_SECONDS_MAX = 15_777_000
"""How long Apple lets a client secret live: half a year."""

ID_LENGTH: Final = 10
_KEY: Final = re.compile(r"-----BEGIN PRIVATE KEY-----.+?-----END PRIVATE KEY-----", re.DOTALL)
_JOINT: Final = "~"
_BOUND: Final = b"apple name"


def with_name(code: str, user: str, sealer: Sealer) -> str:
    """The code with the name behind it that the redirect was told with it, if any."""
    try:
        told = json.decode_strict(user.encode())
    except json.MalformedJson:
        return code
    names = (text_at(told, "name.firstName"), text_at(told, "name.lastName"))
    name = " ".join(filter(None, names)).strip()[:NAME_LENGTH_MAX]
    if not name or _JOINT in code:
        return code
    plain = msgspec.msgpack.encode((int(time.time()) + NAME_SECONDS, name))
    return f"{code}{_JOINT}{sealer.seal_text(plain, (_BOUND, code.encode()))}"


def split(code: str, sealer: Sealer) -> tuple[str, str]:
    """The code as Apple gave it, and the name behind it; empty where there is none any more."""
    plain_code, joint, sealed = code.partition(_JOINT)
    opened = sealer.open_text(sealed, (_BOUND, plain_code.encode())) if joint else None
    if opened is None:
        return code, ""
    until, name = msgspec.msgpack.decode(opened, type=tuple[int, str])
    return plain_code, name if until >= time.time() else ""


class SecretRequest(msgspec.Struct, frozen=True, rename="camel"):
    """What a client secret is made of: ids that Apple gave, and the key it gave, as PEM."""

    client_id: str = ""
    team_id: str = ""
    key_id: str = ""
    private_key: str = ""
    duration: int = 0

    def errors(self) -> Mapping[str, FieldError]:
        """What is wrong with it, by the wire's names."""
        found: dict[str, FieldError] = {}
        for name, text, length in (
            ("clientId", self.client_id, None),
            ("teamId", self.team_id, ID_LENGTH),
            ("keyId", self.key_id, ID_LENGTH),
            ("privateKey", self.private_key, None),
        ):
            if not text:
                found[name] = FieldError("validation_required")
            elif length and len(text) != length:
                limits = {"min": length, "max": length}
                found[name] = FieldError("validation_length_invalid", limits)
        if self.private_key and not _KEY.search(self.private_key):
            found["privateKey"] = FieldError("validation_match_invalid")
        if not self.duration:
            found["duration"] = FieldError("validation_required")
        elif self.duration < 1:
            limit = {"threshold": 1}
            found["duration"] = FieldError("validation_min_greater_equal_than_required", limit)
        elif self.duration > SECRET_SECONDS_MAX:
            limit = {"threshold": SECRET_SECONDS_MAX}
            found["duration"] = FieldError("validation_max_less_equal_than_required", limit)
        return found


def client_secret(wanted: SecretRequest, now: int) -> str:
    """The secret. `now` is Unix milliseconds. Raises Invalid, and BadRequest for a key that is none
    of Apple's kind."""
    from joserfc import jwt  # noqa: PLC0415 - a start would take a quarter of a second longer
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import ECKey  # noqa: PLC0415

    errors, key = wanted.errors(), _KEY.search(wanted.private_key)
    if errors or key is None:
        raise Invalid("bad_submission", errors)
    seconds = now // 1000
    claims: dict[str, Json] = {
        "iss": wanted.team_id,
        "iat": seconds,
        "exp": seconds + wanted.duration,
        "aud": [AUDIENCE],
        "sub": wanted.client_id,
    }
    try:
        signing = ECKey.import_key(key[0])
        return jwt.encode({"alg": "ES256", "kid": wanted.key_id}, claims, signing)
    except (JoseError, ValueError, TypeError) as error:
        raise BadRequest("apple_key_refused") from error
