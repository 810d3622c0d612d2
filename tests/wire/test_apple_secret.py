"""`POST /api/settings/apple/generate-client-secret`: a secret that is a token."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.wire.world import World

PATH = "/api/settings/apple/generate-client-secret"


def pem(key: Any, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    """A key as Apple gives it."""
    return str(key.private_bytes(Encoding.PEM, form, NoEncryption()), "ascii")


KEY = ec.generate_private_key(ec.SECP256R1())
GOOD = {
    "clientId": "com.example.cards",
    "teamId": "t" * 10,
    "keyId": "k" * 10,
    "privateKey": pem(KEY),
    "duration": 15_777_000,
}


def test_a_secret_is_signed_by_the_key_for_apple_alone(world: World) -> None:
    answer = world.ask("root", "POST", PATH, body=GOOD)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["secret"]
    token = jwt.decode(answer.json()["secret"], ECKey.import_key(pem(KEY)), ["ES256"])
    assert token.header == {"alg": "ES256", "kid": "k" * 10, "typ": "JWT"}
    claims = token.claims
    assert claims["exp"] - claims["iat"] == 15_777_000
    assert {name: claims[name] for name in ("iss", "sub", "aud")} == {
        "iss": "t" * 10,
        "sub": "com.example.cards",
        "aud": ["https://appleid.apple.com"],
    }


REQUIRED = "validation_required"
LENGTH = "validation_length_invalid"
BAD: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"clientId": ""}, {"clientId": REQUIRED}),
    ({"teamId": "", "keyId": ""}, {"teamId": REQUIRED, "keyId": REQUIRED}),
    ({"teamId": "t" * 9, "keyId": "k" * 11}, {"teamId": LENGTH, "keyId": LENGTH}),
    ({"privateKey": ""}, {"privateKey": REQUIRED}),
    ({"privateKey": "x"}, {"privateKey": "validation_match_invalid"}),
    (
        {"privateKey": pem(KEY, PrivateFormat.TraditionalOpenSSL)},
        {"privateKey": "validation_match_invalid"},
    ),
    ({"duration": 0}, {"duration": REQUIRED}),
    ({"duration": -1}, {"duration": "validation_min_greater_equal_than_required"}),
    ({"duration": 15_777_001}, {"duration": "validation_max_less_equal_than_required"}),
    ({"duration": "5"}, {}),
    ({"privateKey": "-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----"}, {}),
    ({"privateKey": pem(rsa.generate_private_key(65537, 2048))}, {}),
    ({"privateKey": pem(ec.generate_private_key(ec.SECP384R1()))}, {}),
]


@pytest.mark.parametrize(("changes", "codes"), BAD, ids=[str(number) for number in range(len(BAD))])
def test_refused(world: World, changes: dict[str, Any], codes: dict[str, str]) -> None:
    answer = world.ask("root", "POST", PATH, body={**GOOD, **changes})
    assert answer.status_code == 400, answer.text
    assert {name: error["code"] for name, error in answer.json()["data"].items()} == codes
