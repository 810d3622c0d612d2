"""What is believed of an id_token, and of what a provider publishes of itself."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, RSAKey

from holobase.adapters.http_client import HttpFetcher
from holobase.engine.oauth2 import documents
from holobase.engine.oauth2.documents import WELL_KNOWN, Documents
from holobase.engine.oauth2.people import ProviderFailed
from holobase.engine.oauth2.protocol import Code
from tests.stub_provider import CLIENT_ID, CLIENT_SECRET, HOST, Reply, Role, Stage, playing
from tests.unit.engine.test_oauth2_people import NOW, known

SECONDS = NOW // 1000
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "two"})
ISSUER = "https://issuer.example.com"
CLAIMS = {
    "iss": ISSUER,
    "aud": CLIENT_ID,
    "sub": "s1",
    "exp": SECONDS + 60,
    "iat": SECONDS,
    "email": "ann@example.com",
    "email_verified": True,
}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with playing() as made:
        yield made


def signed(claims: Any, key: Key = KEY, algorithm: str = "RS256", **header: Any) -> str:
    """A token."""
    head = {"alg": algorithm, **({"kid": key.kid} if key.kid else {}), **header}
    return jwt.encode(head, claims, key, algorithms=[algorithm])


def published(*keys: Key) -> dict[str, Any]:
    """What a provider publishes of its keys."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


def trusting(role: Role, **more: Any) -> dict[str, Any]:
    """How a collection says whom to believe."""
    return {"issuers": [ISSUER], "jwksURL": f"{role.url}/keys", **more}


def test_a_token_that_is_signed_for_us_and_in_time_tells_of_the_person(stage: Stage) -> None:
    for key, algorithm in ((KEY, "RS256"), (KEY, "PS256"), (CURVE, "ES256")):
        token = {"id_token": signed(CLAIMS, key, algorithm)}
        role = stage.play(token=token, keys=published(KEY, CURVE))
        found = known(role, "oidc", extra=trusting(role))
        assert found.person.id == "s1"
        assert found.person.email == "ann@example.com"
        assert found.raw == CLAIMS


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in CLAIMS.items() if name not in names}


BAD_CLAIMS = {
    "for somebody else": {**CLAIMS, "aud": "somebody else"},
    "for nobody": without("aud"),
    "for others as well, and made for one of them": {
        **CLAIMS,
        "aud": [CLIENT_ID, "other"],
        "azp": "other",
    },
    "for an object": {**CLAIMS, "aud": {"a": CLIENT_ID}},
    "by somebody else": {**CLAIMS, "iss": "https://evil.example.com"},
    "by somebody of a similar name": {**CLAIMS, "iss": ISSUER + "/"},
    "by nobody": without("iss"),
    "expired": {**CLAIMS, "exp": SECONDS - 301},
    "without an end": without("exp"),
    "with an end that is no number": {**CLAIMS, "exp": "tomorrow"},
    "not valid yet": {**CLAIMS, "nbf": SECONDS + 301},
    "issued in the future": {**CLAIMS, "iat": SECONDS + 301},
}


@pytest.mark.parametrize("claims", BAD_CLAIMS.values(), ids=BAD_CLAIMS)
def test_a_token_that_is_not_for_us_logs_nobody_in(stage: Stage, claims: dict[str, Any]) -> None:
    role = stage.play(token={"id_token": signed(claims)}, keys=published(KEY))
    with pytest.raises(ProviderFailed):
        known(role, "oidc", extra=trusting(role))


GOOD_CLAIMS = {
    "for others as well": {**CLAIMS, "aud": ["other", CLIENT_ID]},
    "expired a moment ago": {**CLAIMS, "exp": SECONDS - 299},
    "valid in a moment": {**CLAIMS, "nbf": SECONDS + 299, "iat": SECONDS + 299},
    "with a nonce that nobody asked for": {**CLAIMS, "nonce": "n"},
}


@pytest.mark.parametrize("claims", GOOD_CLAIMS.values(), ids=GOOD_CLAIMS)
def test_clocks_may_differ_and_others_may_be_meant_too(
    stage: Stage, claims: dict[str, Any]
) -> None:
    role = stage.play(token={"id_token": signed(claims)}, keys=published(KEY))
    assert known(role, "oidc", extra=trusting(role)).person.id == "s1"


def _encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).rstrip(b"=").decode()


def _by_public_key() -> str:
    """Signed with what everybody knows, in the hope that it is taken for a secret."""
    text = _with_header(alg="HS256", kid="one")
    secret = KEY.as_pem(private=False)
    return f"{text}.{_encoded(hmac.digest(secret, text.encode(), 'sha256'))}"


def _with_header(**header: str) -> str:
    return f"{_encoded(json.dumps(header).encode())}.{signed(CLAIMS).split('.')[1]}"


def _with_other_claims() -> str:
    mine, theirs = signed(CLAIMS).split("."), signed({**CLAIMS, "sub": "s2"}).split(".")
    return ".".join((mine[0], theirs[1], mine[2]))


FORGED = {
    "by another key": signed(CLAIMS, OTHER),
    "by the public key": _by_public_key(),
    "by the client's secret": signed(CLAIMS, OctKey.import_key(CLIENT_SECRET * 4), "HS256"),
    "by nobody": _with_header(alg="none", kid="one") + ".",
    "with other claims put in": _with_other_claims(),
    "by a key nobody knows": signed(CLAIMS, RSAKey.generate_key(2048, {"kid": "unknown"})),
    "not at all": "",
    "no token": "a.b.c",
    "half a token": "abc",
    "lists": "W10.W10.W10",
}


@pytest.mark.parametrize("text", FORGED.values(), ids=FORGED)
def test_a_forged_token_logs_nobody_in(stage: Stage, text: str) -> None:
    role = stage.play(token={"id_token": text}, keys=published(KEY))
    with pytest.raises(ProviderFailed):
        known(role, "oidc", extra=trusting(role))


@pytest.mark.parametrize(
    "keys", [Reply({}, 500), {}, {"keys": []}, {"keys": 5}, {"keys": [5]}, [1]]
)
def test_keys_that_cannot_be_had_log_nobody_in(stage: Stage, keys: Any) -> None:
    role = stage.play(token={"id_token": signed(CLAIMS)}, keys=keys)
    with pytest.raises(ProviderFailed):
        known(role, "oidc", extra=trusting(role))


def test_without_keys_the_rest_is_checked_all_the_same(stage: Stage) -> None:
    role = stage.play(token={"id_token": signed(CLAIMS, OTHER)})
    assert known(role, "oidc").person.id == "s1"
    role = stage.play(token={"id_token": signed({**CLAIMS, "aud": "x"}, OTHER)})
    with pytest.raises(ProviderFailed):
        known(role, "oidc")


def test_the_token_and_the_user_info_have_to_be_about_the_same_person(stage: Stage) -> None:
    token = {"id_token": signed(CLAIMS)}
    role = stage.play(token=token, keys=published(KEY), user={"sub": "s1", "name": "Ann"})
    assert known(role, "oidc", extra=trusting(role)).person.name == "Ann"
    role = stage.play(token=token, keys=published(KEY), user={"sub": "s2", "name": "Eve"})
    with pytest.raises(ProviderFailed):
        known(role, "oidc", extra=trusting(role))


def test_new_keys_are_asked_for_once_there_is_a_token_that_names_them(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "FRESH_SECONDS", 0.0)
    new = RSAKey.generate_key(2048, {"kid": "new"})
    role = stage.play(token={"id_token": signed(CLAIMS, new)}, keys=published(KEY))

    class Changing(dict[str, Reply]):
        def get(self, path: str, default: Any = None) -> Any:
            if path == "/keys" and len(role.to("/keys")) > 1:
                return Reply(published(new))
            return super().get(path, default)

    role.replies = Changing(role.replies)
    assert known(role, "oidc", extra=trusting(role)).person.id == "s1"
    assert len(role.to("/keys")) == 2


def test_a_forger_cannot_have_keys_asked_for_again_and_again(stage: Stage) -> None:
    forged = signed(CLAIMS, RSAKey.generate_key(2048, {"kid": "unknown"}))
    role = stage.play(token={"id_token": forged}, keys=published(KEY))
    with pytest.raises(ProviderFailed):
        known(role, "oidc", extra=trusting(role))
    assert len(role.to("/keys")) == 1


def discovering(stage: Stage, **more: Any) -> Role:
    """A provider that publishes where it is asked."""
    role = stage.play(keys=published(KEY), **{"user": {"sub": "s1", "name": "Ann"}, **more})
    role.replies["/token"] = Reply(
        {"access_token": "AT", "id_token": signed({**CLAIMS, "iss": role.url})}
    )
    role.replies[WELL_KNOWN] = Reply(
        {
            "issuer": role.url,
            "authorization_endpoint": f"{role.url}/authorize",
            "token_endpoint": f"{role.url}/token",
            "userinfo_endpoint": f"{role.url}/user",
            "jwks_uri": f"{role.url}/keys",
        }
    )
    return role


def discovered(role: Role, **more: Any) -> Any:
    """Whom a code stands for at a provider of which only one address is known."""
    extra = {"discoveryURL": role.url + WELL_KNOWN, **more}
    nothing = {"authURL": "", "tokenURL": "", "userInfoURL": ""}
    return known(role, "oidc", Code("a"), Code("b"), extra=extra, **nothing)


def test_one_address_is_enough_for_a_provider_that_publishes_the_rest(stage: Stage) -> None:
    role = discovering(stage)
    assert discovered(role).person.name == "Ann"
    assert [asked.path for asked in role.asked] == [
        *(WELL_KNOWN, "/token", "/keys", "/user"),
        *("/token", "/user"),  # documents are kept
    ]


def test_a_provider_has_to_be_the_one_that_it_says_it_is(stage: Stage) -> None:
    role = discovering(stage)
    told = json.loads(role.replies[WELL_KNOWN].encoded())
    role.replies[WELL_KNOWN] = Reply({**told, "issuer": "https://other.example.com"})
    with pytest.raises(ProviderFailed):
        discovered(role)
    assert discovered(role, issuers=[role.url]).person.name == "Ann"  # somebody has vouched


@pytest.mark.parametrize(
    "reply", [Reply({}, 500), Reply([1]), Reply("{"), Reply({}), Reply(b"\xff")]
)
def test_a_provider_that_publishes_nothing_useful_logs_nobody_in(
    stage: Stage, reply: Reply
) -> None:
    role = discovering(stage)
    role.replies[WELL_KNOWN] = reply
    with pytest.raises(ProviderFailed):
        discovered(role)


def test_what_could_not_be_had_is_not_asked_for_at_once_again(stage: Stage) -> None:
    role = stage.play(document=Reply({}, 500))

    async def ask_twice() -> None:
        fetcher = HttpFetcher((HOST,))
        kept = Documents(fetcher)
        for _ in range(2):
            with pytest.raises(ProviderFailed):
                await kept.get(f"{role.url}/document")
        await fetcher.close()

    asyncio.run(ask_twice())
    assert len(role.asked) == 1


APPLE = {**CLAIMS, "iss": "https://appleid.apple.com", "email_verified": "true"}


def test_apples_people_are_in_its_tokens(stage: Stage) -> None:
    role = stage.play(token={"id_token": signed(APPLE)}, keys=published(KEY))
    found = known(role, "apple", extra={"jwksURL": f"{role.url}/keys"})
    assert (found.person.id, found.person.email) == ("s1", "ann@example.com")
    forged = stage.play(token={"id_token": signed(APPLE, OTHER)}, keys=published(KEY))
    with pytest.raises(ProviderFailed):
        known(forged, "apple", extra={"jwksURL": f"{role.url}/keys"})


@pytest.mark.parametrize(
    ("source", "claims", "email"),
    [
        (None, {"email": "t@example.com"}, "mail@example.com"),
        ("nonsense", {"email": "t@example.com"}, "mail@example.com"),
        ("email", {"email": "t@example.com"}, "t@example.com"),
        ("email", {}, ""),
        ("email_and_xms_edov", {"email": "t@example.com", "xms_edov": "1"}, "t@example.com"),
        ("email_and_xms_edov", {"email": "t@example.com", "xms_edov": False}, ""),
        ("verified_primary_email", {"verified_primary_email": ["p@example.com"]}, "p@example.com"),
        ("verified_primary_email", {"email": "t@example.com", "xms_edov": True}, ""),
        ("any_verified", {"verified_primary_email": "p@example.com"}, "p@example.com"),
        ("any_verified", {"email": "t@example.com", "xms_edov": True}, "t@example.com"),
        ("any_verified", {"email": "t@example.com"}, ""),
    ],
)
def test_which_address_of_microsoft_is_believed_is_a_choice(
    stage: Stage, source: str | None, claims: dict[str, Any], email: str
) -> None:
    told = {"aud": CLIENT_ID, "exp": SECONDS + 60, **claims}
    user = {"id": "m1", "mail": "mail@example.com"}
    role = stage.play(user=user, token={"id_token": signed(told)})
    extra = {"idTokenEmailClaim": source} if source else {}
    assert known(role, "microsoft", extra=extra).person.email == email
