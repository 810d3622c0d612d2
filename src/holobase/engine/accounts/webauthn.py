"""WebAuthn, as far as the library does it: what pages ask of devices, and whether answers hold.

The library is loaded when somebody first asks: a start without it is half a second shorter.
Whatever it makes of a hostile answer, the answer does not hold.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from holobase.kit.json import Json


class Created(msgspec.Struct, frozen=True):
    """A passkey that a device has made; texts are base64url."""

    credential_id: str
    public_key: str
    sign_count: int
    is_backed_up: bool


class Used(msgspec.Struct, frozen=True):
    """What an answer told: how often the key was used, and whose it is, if the device says so."""

    sign_count: int
    account: str


def creation(
    domain: str,
    site: str,
    account_id: str,
    name: str,
    challenge: bytes,
    known: Sequence[str],
    seconds: int,
) -> dict[str, Any]:
    """What a page hands to `navigator.credentials.create`."""
    import webauthn  # noqa: PLC0415 - see above
    from webauthn.helpers import structs  # noqa: PLC0415

    options = webauthn.generate_registration_options(
        rp_id=domain,
        rp_name=site,
        user_id=account_id.encode(),
        user_name=name,
        challenge=challenge,
        timeout=seconds * 1000,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=_decoded(each)) for each in known
        ],
    )
    made: dict[str, Any] = msgspec.json.decode(webauthn.options_to_json(options))
    return made


def request(domain: str, challenge: bytes, seconds: int) -> dict[str, Any]:
    """What a page hands to `navigator.credentials.get`: any passkey of this site will do."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    options = webauthn.generate_authentication_options(
        rp_id=domain,
        challenge=challenge,
        timeout=seconds * 1000,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    made: dict[str, Any] = msgspec.json.decode(webauthn.options_to_json(options))
    return made


def challenge_of(credential: Mapping[str, Json]) -> bytes:
    """The challenge that an answer names; empty where it names none."""
    response = credential.get("response")
    text = response.get("clientDataJSON") if isinstance(response, dict) else None
    if not isinstance(text, str):
        return b""
    try:
        named = msgspec.json.decode(_decoded(text), type=dict[str, Any]).get("challenge")
        return _decoded(named) if isinstance(named, str) else b""
    except (msgspec.DecodeError, ValueError):
        return b""


def created(
    credential: Mapping[str, Json], challenge: bytes, domain: str, origin: str
) -> Created | None:
    """The passkey that an answer tells of; None where it does not hold."""
    import webauthn  # noqa: PLC0415

    try:
        made = webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=domain,
            expected_origin=origin,
            require_user_verification=True,
        )
    except Exception:
        return None
    return Created(
        _encoded(made.credential_id),
        _encoded(made.credential_public_key),
        made.sign_count,
        made.credential_backed_up,
    )


def used(
    credential: Mapping[str, Json],
    challenge: bytes,
    domain: str,
    origin: str,
    public_key: str,
    sign_count: int,
) -> Used | None:
    """What an answer tells that was signed with a key; None where it does not hold."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import parse_authentication_credential_json  # noqa: PLC0415

    try:
        parsed = parse_authentication_credential_json(dict(credential))
        verified = webauthn.verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=domain,
            expected_origin=origin,
            credential_public_key=_decoded(public_key),
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
        return Used(verified.new_sign_count, (parsed.response.user_handle or b"").decode())
    except Exception:
        return None


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
