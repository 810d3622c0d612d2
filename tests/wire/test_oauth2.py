"""Login by other services over the wire: what is offered, what a client brings back, and what is
refused with which code.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from holobase.engine.oauth2.providers import PROVIDERS
from tests.stub_provider import Reply, Role, Stage
from tests.wire.clubs import Club, found
from tests.wire.rows import Row, check, rows
from tests.wire.world import World

LOGIN = "auth-with-oauth2"
ANN = {"sub": "ann", "name": "Ann", "email": "ann@example.com", "email_verified": True}
ORDER = [
    *("apple", "google", "microsoft", "yandex", "facebook", "instagram2", "github", "gitlab"),
    *("bitbucket", "gitee", "gitea", "discord", "twitter", "kakao", "naver", "vk", "linear"),
    *("notion", "monday", "lark", "box", "spotify", "trakt", "twitch", "patreon", "strava"),
    *("wakatime", "livechat", "mailcow", "planningcenter", "oidc", "oidc2", "oidc3"),
]


def using(world: World, *providers: dict[str, Any], **options: Any) -> Club:
    """A club whose members log in by these providers."""
    oauth2 = {"enabled": True, "providers": list(providers), **options.pop("oauth2", {})}
    return found(world, oauth2=oauth2, createRule="", **options)


def plain(name: str, **more: Any) -> dict[str, Any]:
    """A provider of which only its client is configured."""
    return {"name": name, "clientId": "the id", "clientSecret": "the secret", **more}


def methods(club: Club, **query: str) -> dict[str, Any]:
    """How members log in."""
    answer = club.world.ask("guest", "GET", f"{club.path}/auth-methods", query=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def query_of(url: str) -> list[tuple[str, str]]:
    """The parameters of an address, in order."""
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


def test_providers_are_listed_in_the_order_of_the_reference(world: World) -> None:
    answer = world.ask("root", "GET", "/api/collections/meta/oauth2-providers")
    told = answer.json()
    assert [each["name"] for each in told] == ORDER
    assert told[ORDER.index("gitea")] == {
        "name": "gitea",
        "displayName": "Gitea/Forgejo",
        "logo": "",
    }


def test_every_provider_is_offered_with_an_address_to_send_people_to(world: World) -> None:
    club = using(world, *(plain(name) for name in ORDER))
    told = methods(club)
    offered = told["oauth2"]["providers"]
    assert told["oauth2"]["enabled"] is True
    assert told["authProviders"] == offered or len(told["authProviders"]) == len(offered)
    assert [each["name"] for each in offered] == ORDER
    for each in offered:
        kind = PROVIDERS[each["name"]]
        assert list(each) == [
            *("name", "displayName", "logo", "state", "authURL", "authUrl"),
            *("codeVerifier", "codeChallenge", "codeChallengeMethod"),
        ]
        assert each["displayName"] == kind.title
        assert each["logo"] == ""
        assert each["authURL"] == each["authUrl"]
        assert re.fullmatch(r"[A-Za-z0-9]{30}", each["state"])
        query = query_of(each["authURL"])
        names = [name for name, _ in query]
        assert names == [*sorted(names[:-1]), "redirect_uri"]
        assert query[-1] == ("redirect_uri", "")
        parameters = dict(query)
        assert parameters["client_id"] == "the id"
        assert parameters["response_type"] == "code"
        assert parameters["state"] == each["state"]
        assert parameters.get("scope", "") == " ".join(kind.scopes)
        assert ("response_mode" in parameters) is (each["name"] == "apple")
        _check_challenge(each, parameters, kind.pkce)


def _check_challenge(offer: dict[str, Any], parameters: dict[str, str], is_on: bool) -> None:
    told = [offer[name] for name in ("codeVerifier", "codeChallenge", "codeChallengeMethod")]
    if not is_on:
        assert told == ["", "", ""]
        assert "code_challenge" not in parameters
        return
    verifier, challenge, method = told
    assert re.fullmatch(r"[A-Za-z0-9]{43}", verifier)
    digest = hashlib.sha256(verifier.encode()).digest()
    assert challenge == urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert method == "S256"
    assert parameters["code_challenge"] == challenge
    assert parameters["code_challenge_method"] == "S256"


def test_what_a_collection_says_of_a_provider_wins(world: World) -> None:
    club = using(
        world,
        plain("oidc", authURL="https://id.example.com/a?z=1&a=2", displayName="Our own"),
        plain("google", pkce=False),
        plain("vk", pkce=True),
        plain("microsoft", extra={"idTokenEmailClaim": "email"}),
    )
    oidc, google, vk, microsoft = methods(club)["oauth2"]["providers"]
    assert oidc["displayName"] == "Our own"
    assert oidc["authURL"].startswith("https://id.example.com/a?z=1&a=2&client_id=the+id&code_")
    assert google["codeVerifier"] == ""
    assert vk["codeVerifier"] != ""
    assert dict(query_of(microsoft["authURL"]))["scope"] == "User.Read openid"


def test_every_visitor_gets_a_state_and_a_verifier_of_their_own(world: World) -> None:
    club = using(world, plain("google"))
    first, second = (methods(club)["oauth2"]["providers"][0] for _ in range(2))
    assert first["state"] != second["state"]
    assert first["codeVerifier"] != second["codeVerifier"]


def test_the_fields_that_the_sdk_asks_for_are_answered(world: World) -> None:
    told = methods(using(world, plain("google")), fields="mfa,otp,password,oauth2")
    assert sorted(told) == ["mfa", "oauth2", "otp", "password"]
    assert told["oauth2"]["providers"][0]["name"] == "google"


def test_nothing_is_offered_while_it_is_off(world: World) -> None:
    club = using(world, plain("google"))
    club.change(oauth2={"enabled": False})
    told = methods(club)
    assert told["oauth2"] == {"providers": [], "enabled": False}
    assert told["authProviders"] == []
    assert club.post(LOGIN, {"provider": "google"}).status_code == 403
    assert club.post(LOGIN, {}).json()["data"] == {}


def test_a_provider_that_does_not_answer_is_not_offered(world: World, stage: Stage) -> None:
    silent = stage.play()
    club = using(world, plain("oidc", extra={"discoveryURL": silent.url}), plain("google"))
    assert [each["name"] for each in methods(club)["oauth2"]["providers"]] == ["google"]


def test_a_provider_is_offered_by_what_it_publishes(world: World, stage: Stage) -> None:
    role = stage.play()
    document = {"issuer": role.url, "authorization_endpoint": "https://id.example.com/in"}
    role.replies["/.well-known/openid-configuration"] = Reply(document)
    club = using(world, plain("oidc", extra={"discoveryURL": role.url}))
    for _ in range(2):
        [offer] = methods(club)["oauth2"]["providers"]
        assert offer["authURL"].startswith("https://id.example.com/in?client_id=the+id&")
    assert len(role.asked) == 1


@pytest.fixture(scope="module")
def role(stage: Stage) -> Role:
    return stage.play(user=ANN)


@pytest.fixture(scope="module")
def club(world: World, role: Role) -> Club:
    return using(world, role.config("oidc"))


BODIES: dict[str, tuple[Any, dict[str, str]]] = {
    "nothing": ({}, {"provider": "validation_required", "code": "validation_required"}),
    "no body": (None, {"provider": "validation_required", "code": "validation_required"}),
    "no code": ({"provider": "oidc", "code": ""}, {"code": "validation_required"}),
    "no provider": ({"code": "x"}, {"provider": "validation_required"}),
    "a provider that is not configured": (
        {"provider": "google", "code": "x"},
        {"provider": "validation_invalid_provider"},
    ),
    "a provider that nobody knows": (
        {"provider": "z" * 100, "code": "x"},
        {"provider": "validation_invalid_provider"},
    ),
    "a long name": (
        {"provider": "z" * 101, "code": "x"},
        {"provider": "validation_length_too_long"},
    ),
    "a name of many bytes": (
        {"provider": "é" * 51, "code": "x"},
        {"provider": "validation_length_too_long"},
    ),
    "a provider that is a number": ({"provider": 5, "code": "x"}, {}),
    "a code that is a list": ({"provider": "oidc", "code": ["x"]}, {}),
    "a redirect that is a number": ({"provider": "oidc", "code": "x", "redirectURL": 5}, {}),
    "data that is no object": ({"provider": "oidc", "code": "x", "createData": [1]}, {}),
    "no object at all": ([1], {}),
}


@pytest.mark.parametrize("says", BODIES)
def test_what_is_no_login_is_refused_before_a_code_is_spent(
    club: Club, role: Role, says: str
) -> None:
    body, codes = BODIES[says]
    role.asked.clear()
    answer = club.post(LOGIN, body)
    assert answer.status_code == 400, answer.text
    assert {name: error["code"] for name, error in answer.json()["data"].items()} == codes
    assert role.asked == []


@rows(
    Row(says="no collection", method="POST", path="/api/collections/none/auth-with-oauth2",
        body={}, status=404),
    Row(says="no accounts", method="POST", path="/api/collections/unified_cards/auth-with-oauth2",
        body={}, status=404),
    Row(says="superusers never", method="POST",
        path="/api/collections/_superusers/auth-with-oauth2", body={}, status=403),
    Row(says="a bad fields parameter", method="POST",
        path="/api/collections/users/auth-with-oauth2", query={"fields": "a:b"}, body={},
        status=400),
)  # fmt: skip
def test_refused(world: World, row: Row) -> None:
    check(world, row)


def test_the_answer_tells_of_the_person_as_the_provider_did(club: Club, role: Role) -> None:
    answer = club.post(LOGIN, {"provider": "oidc", "code": "the code", "redirectURL": "http://b"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert list(told) == ["meta", "record", "token"]
    meta = told["meta"]
    assert list(meta) == [
        *("accessToken", "avatarURL", "avatarUrl", "email", "expiry", "id", "isNew", "name"),
        *("rawUser", "refreshToken", "username"),
    ]
    assert meta["rawUser"] == ANN
    assert (meta["accessToken"], meta["refreshToken"]) == ("the access token", "the refresh token")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z", meta["expiry"])
    assert (meta["id"], meta["isNew"], meta["email"]) == ("ann", True, ANN["email"])
    assert told["record"]["email"] == ANN["email"]
    again = club.post(LOGIN, {"provider": "oidc", "code": "the code", "redirectUrl": "http://old"})
    assert again.json()["meta"]["isNew"] is False
    assert again.json()["record"]["id"] == told["record"]["id"]
    assert role.to("/token")[-1].form["redirect_uri"] == "http://old"
    some = club.post(LOGIN, {"provider": "oidc", "code": "c"}, query={"fields": "meta.id,token"})
    assert set(some.json()) == {"meta", "token"}


def test_the_token_is_one(club: Club) -> None:
    told = club.post(LOGIN, {"provider": "oidc", "code": "c"}).json()
    refreshed = club.world.ask(
        "guest", "POST", f"{club.path}/auth-refresh", headers={"authorization": told["token"]}
    )
    assert refreshed.status_code == 200
    assert refreshed.json()["record"]["id"] == told["record"]["id"]


@pytest.mark.parametrize(
    "broken",
    [
        {"token": Reply({"error": "invalid_grant"}, 400)},
        {"user": Reply({}, 500)},
        {"user": Reply("{")},
    ],
)
def test_a_provider_that_fails_is_a_refusal_that_tells_nothing(
    world: World, stage: Stage, broken: dict[str, Reply]
) -> None:
    club = using(world, stage.play(**{"user": ANN, **broken}).config("oidc"))
    with world.events() as written:
        answer = club.post(LOGIN, {"provider": "oidc", "code": "x"})
    assert (answer.status_code, answer.json()["data"]) == (400, {})
    assert written == []


def test_a_provider_in_our_own_network_is_not_asked(world: World, stage: Stage) -> None:
    role = stage.play(user=ANN)
    config = role.config("oidc")
    for spelled in ("127.0.0.2", "localhost", "2130706433"):
        config["tokenURL"] = role.url.replace("127.0.0.1", spelled) + "/token"
        answer = using(world, config).post(LOGIN, {"provider": "oidc", "code": "x"})
        assert (answer.status_code, answer.json()["data"]) == (400, {})
    assert role.asked == []


def test_secrets_are_never_shown_and_kept_by_name(world: World, stage: Stage) -> None:
    role = stage.play(user=ANN)
    first, second = role.config("oidc"), role.config("oidc2", clientSecret="another secret")
    club = using(world, first, second)
    for provider in (first, second):
        del provider["clientSecret"]
    club.change(oauth2={"providers": [second, first]})
    shown = world.ask("root", "GET", club.path).text
    assert "secret+" not in shown
    assert "another" not in shown
    for name, secret in (("oidc", "a secret+%"), ("oidc2", "another secret")):
        role.asked.clear()
        assert club.post(LOGIN, {"provider": name, "code": "x"}).status_code == 200
        assert _secret(role) == secret
    taken = world.ask(
        "root", "PATCH", club.path, body={"oauth2": {"providers": [{**first, "name": "oidc3"}]}}
    )
    assert taken.status_code == 400
    assert taken.json()["data"]["oauth2"]["providers"]["0"]["clientSecret"]["code"] == (
        "validation_required"
    )


def _secret(role: Role) -> str:
    from base64 import b64decode
    from urllib.parse import unquote_plus

    pair = b64decode(role.to("/token")[0].headers["authorization"].removeprefix("Basic "))
    return unquote_plus(pair.decode().partition(":")[2])
