"""Sealing: what events carry only as ciphertext, under the instance's key or a person's own, and
texts that callers hold for us.

In events, AES-256-GCM with a random nonce; the event's stream, type and key are authenticated with
it, so a sealed part cannot be moved to another event. Erasing a person is deleting one key.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from holobase.domain.errors import DamagedData
from holobase.kit import ids

KEY_BYTES = 32
TEXT_KEY_BYTES = 64
NONCE_BYTES = 12
TRACE_BYTES = 16
FINGERPRINT_BYTES = 8
INSTANCE = ""
"""The subject whose key is the instance's own."""


WRONG_KEY = "The instance key does not fit the data. Put back the one it was written with."


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """What the `sealed` column holds, as MessagePack. `fields` stays readable, so that erased
    values can be replaced by placeholders."""

    subject: str
    fields: tuple[str, ...]
    nonce: bytes
    box: bytes


def new_key() -> bytes:
    """A fresh key."""
    return secrets.token_bytes(KEY_BYTES)


class Sealer:
    """Seals and opens with the instance's key, and wraps the keys of persons."""

    def __init__(self, instance_key: bytes) -> None:
        self._instance_key = instance_key
        # Texts are made by the million: random nonces under the instance's key would run out, so
        # they have a key of their own and a cipher that needs none.
        derived = HKDF(SHA256(), TEXT_KEY_BYTES, salt=None, info=b"holobase texts")
        self._texts = AESSIV(derived.derive(instance_key))
        signing = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"holobase signatures")
        self._signing_key = signing.derive(instance_key)

    @property
    def fingerprint(self) -> str:
        """What tells this key from others, and tells nothing else of it."""
        return self.signature(b"fingerprint")[:FINGERPRINT_BYTES].hex()

    def signature(self, data: bytes) -> bytes:
        """What only who has the key can say of these bytes."""
        return hmac.digest(self._signing_key, data, "sha256")

    def is_signed(self, data: bytes, signature: bytes) -> bool:
        """Whether somebody with the key has said this of these bytes."""
        return hmac.compare_digest(self.signature(data), signature)

    def seal_text(self, plain: bytes, bound: Sequence[bytes]) -> str:
        """A text for URLs that only `open_text` can read, given the same `bound`; equal for equal
        bytes. A third longer than what is in it, and 22 characters."""
        return _text(self._texts.encrypt(plain, list(bound)))

    def open_text(self, text: str, bound: Sequence[bytes]) -> bytes | None:
        """What was sealed; None for a text that is not exactly one of ours, or bound elsewhere."""
        try:
            box = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            return self._texts.decrypt(box, list(bound)) if _text(box) == text else None
        except (ValueError, InvalidTag):
            return None

    def trace(self, name: bytes, length: int) -> str:
        """A text of the characters of ids that is the same for one name, and tells nobody which."""
        digest = self._texts.encrypt(name, [b"trace"])[:TRACE_BYTES]  # the rest can be read back
        number, size = int.from_bytes(digest, "big"), len(ids.LOWER_ALPHANUMERIC)
        found = (number // size**place % size for place in range(length))
        return "".join(ids.LOWER_ALPHANUMERIC[each] for each in found)

    def wrap(self, key: bytes, subject: str) -> bytes:
        """A person's key as it may be stored."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._instance_key).encrypt(nonce, key, subject.encode())

    def unwrap(self, wrapped: bytes, subject: str) -> bytes:
        """A person's key from storage. Raises DamagedData under a wrong instance key."""
        nonce, box = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            return AESGCM(self._instance_key).decrypt(nonce, box, subject.encode())
        except InvalidTag as error:
            raise DamagedData(WRONG_KEY) from error

    def seal(
        self, values: Mapping[str, Any], stream: str, kind: str, person: tuple[str, bytes] | None
    ) -> bytes:
        """The values as ciphertext for this event; `person` is a subject with its plain key."""
        subject, key = person or (INSTANCE, self._instance_key)
        nonce = secrets.token_bytes(NONCE_BYTES)
        plain = msgspec.json.encode(values)
        box = AESGCM(key).encrypt(nonce, plain, _bound(subject, stream, kind))
        return msgspec.msgpack.encode(Envelope(subject, tuple(values), nonce, box))

    def open(
        self, sealed: bytes, stream: str, kind: str, wrapped: bytes | None
    ) -> dict[str, msgspec.Raw] | None:
        """The values as JSON, or None where the person's key is gone.

        Raises DamagedData when the key is not ours. (A ciphertext that was touched or moved is
        the other reason, which the chain of hashes tells apart.)
        """
        envelope = open_envelope(sealed)
        key = self._instance_key
        if envelope.subject != INSTANCE:
            if wrapped is None:
                return None
            key = self.unwrap(wrapped, envelope.subject)
        try:
            bound = _bound(envelope.subject, stream, kind)
            plain = AESGCM(key).decrypt(envelope.nonce, envelope.box, bound)
        except InvalidTag as error:
            raise DamagedData(WRONG_KEY) from error
        return msgspec.json.decode(plain, type=dict[str, msgspec.Raw])


def open_envelope(sealed: bytes) -> Envelope:
    """The readable outside of a sealed part: whose it is and which fields it holds."""
    return msgspec.msgpack.decode(sealed, type=Envelope)


def _text(box: bytes) -> str:
    return urlsafe_b64encode(box).rstrip(b"=").decode()


def _bound(subject: str, stream: str, kind: str) -> bytes:
    return msgspec.msgpack.encode((subject, stream, kind))
