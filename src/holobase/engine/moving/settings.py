"""The settings of a foreign instance, decrypted where its operator had them encrypted."""

import base64
import binascii
from collections.abc import Mapping
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from holobase.domain.errors import DamagedData
from holobase.domain.settings import DEFAULTS, InstanceSettings, merged
from holobase.kit.json import Json

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


def settings_of(stored: bytes | None, key: str) -> InstanceSettings | None:
    """The settings in a foreign folder; None where it has none.

    Raises DamagedData where they are encrypted and the key is missing or another one, or where
    they cannot be read.
    """
    if stored is None:
        return None
    plain = stored if stored.lstrip()[:1] == b"{" else decrypted(stored, key)
    try:
        members: Mapping[str, Json] = msgspec.json.decode(plain, type=dict[str, Json])
        return merged(DEFAULTS, members)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise DamagedData("The settings of the folder cannot be read.") from error


def decrypted(stored: bytes, key: str) -> bytes:
    """The JSON of encrypted settings. Raises as `settings_of`."""
    cipher = _cipher(key)
    try:
        box = base64.b64decode(stored, validate=True)
        return cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], None)
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise DamagedData(
            "The settings of the folder are encrypted with another key than was given."
        ) from error


def encrypted(plain: bytes, key: str, nonce: bytes) -> bytes:
    """Settings as `decrypted` takes them."""
    return base64.b64encode(nonce + _cipher(key).encrypt(nonce, plain, None))


def _cipher(key: str) -> AESGCM:
    if not key:
        raise DamagedData(
            "The settings of the folder are encrypted. Give their key in the environment variable"
            " that PocketBase was started with (--encryption-env NAME)."
        )
    if len(key.encode()) != KEY_BYTES:
        raise DamagedData(f"A key of encrypted settings has {KEY_BYTES} characters.")
    return AESGCM(key.encode())
