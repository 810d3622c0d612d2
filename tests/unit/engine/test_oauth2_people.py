"""From a code to a person, with every provider's own shapes, told by a server that plays them."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from holobase.adapters.http_client import HttpFetcher
from holobase.domain.auth_options import Provider
from holobase.engine.oauth2.configured import configured
from holobase.engine.oauth2.documents import Documents
from holobase.engine.oauth2.people import Person, ProviderFailed, Told
from holobase.engine.oauth2.protocol import Code, Known, Protocol
from holobase.engine.oauth2.providers import PROVIDERS
from tests.stub_provider import CLIENT_ID, HOST, Reply, Role, Stage, playing
from tests.unit.engine.provider_shapes import SHAPES, Shape

NOW = 1_700_000_000_000
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with playing() as made:
        yield made


def provider_of(role: Role, name: str, **more: Any) -> Provider:
    """The provider as a collection keeps it."""
    config = role.config(name, **more)
    extra = json.dumps(config.pop("extra", {}))
    return Provider(
        name=name,
        client_id=config["clientId"],
        client_secret=config["clientSecret"],
        auth_url=config["authURL"],
        token_url=config["tokenURL"],
        user_info_url=config["userInfoURL"],
        pkce=config.get("pkce"),
        extra=extra,
    )


def known(role: Role, name: str, *codes: Code, **more: Any) -> Known:
    """Whom the last code stands for."""

    async def ask() -> Known:
        fetcher = HttpFetcher((HOST,))
        protocol = Protocol(fetcher, Documents(fetcher))
        provider = configured(provider_of(role, name, **more))
        assert provider is not None
        try:
            for code in codes or (Code("the code", "the verifier", "http://back.example.com"),):
                found = await protocol.known(provider, code, NOW)
            return found
        finally:
            await fetcher.close()

    return asyncio.run(ask())


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.says for shape in SHAPES])
def test_what_a_provider_tells_makes_a_person(stage: Stage, shape: Shape) -> None:
    emails = {} if shape.emails is None else {"user__emails": shape.emails, "emails": shape.emails}
    role = stage.play(user=shape.user, token=shape.token, **emails)
    if shape.person is None:
        with pytest.raises(ProviderFailed):
            known(role, shape.provider)
        return
    found = known(role, shape.provider)
    assert found.person == shape.person
    assert found.raw == shape.user
    assert found.access_token == "the access token"
    assert found.refresh_token == "the refresh token"
    assert found.expires == NOW + 3_600_000


def test_every_provider_has_a_shape() -> None:
    told = {shape.provider for shape in SHAPES}
    assert told == set(PROVIDERS) - {"apple"}  # an id_token tells of its people


def test_the_code_is_sent_with_all_that_belongs_to_it(stage: Stage) -> None:
    role = stage.play(user={"sub": "s1"})
    known(role, "oidc")
    [asked] = role.to("/token")
    assert asked.method == "POST"
    assert asked.form == {
        "grant_type": "authorization_code",
        "code": "the code",
        "redirect_uri": "http://back.example.com",
        "code_verifier": "the verifier",
    }
    # each half encoded as a form, then both in base64
    assert asked.headers["authorization"] == "Basic Y2xpZW50K2lkOmErc2VjcmV0JTJCJTI1"
    assert asked.headers["accept"] == "application/json"
    [told] = role.to("/user")
    assert told.headers["authorization"] == "Bearer the access token"


def test_an_empty_redirect_and_a_verifier_nobody_needs_are_left_out(stage: Stage) -> None:
    role = stage.play(user={"sub": "s1"})
    known(role, "oidc", Code("c", "the verifier"), pkce=False)
    assert role.to("/token")[0].form == {"grant_type": "authorization_code", "code": "c"}


def test_a_client_that_is_not_known_by_a_header_is_named_in_the_body(stage: Stage) -> None:
    role = stage.play(user={"sub": "s1"}, token=Reply({"error": "invalid_client"}, 401))

    class Picky(dict[str, Reply]):
        def get(self, path: str, default: Any = None) -> Any:
            is_second = path == "/token" and "client_id" in role.asked[-1].form
            return Reply({"access_token": "AT"}) if is_second else super().get(path, default)

    role.replies = Picky(role.replies)
    assert known(role, "oidc", Code("a"), Code("b")).access_token == "AT"
    first, second, third = role.to("/token")
    assert "authorization" in first.headers
    assert "client_id" not in first.form
    assert "authorization" not in second.headers
    assert second.form["client_id"] == CLIENT_ID
    assert third.form["client_id"] == CLIENT_ID  # it is known now


@pytest.mark.parametrize(
    ("reply", "requests"),
    [
        (Reply({"error": "invalid_grant"}, 400), 1),
        (Reply({"error": "bad_verification_code"}, 200), 1),
        (Reply({"error": "invalid_client"}, 401), 2),
        (Reply({}, 500), 1),
        (Reply("<html>", 200, "text/html"), 1),
        (Reply("[1]"), 1),
        (Reply({"token_type": "bearer"}), 1),
        (Reply({"access_token": ""}), 1),
        (Reply({"access_token": {"a": 1}}), 1),
        (Reply({}, 302, headers={"location": "/user"}), 1),
    ],
)
def test_a_code_that_buys_no_token_logs_nobody_in(
    stage: Stage, reply: Reply, requests: int
) -> None:
    role = stage.play(user={"sub": "s1"}, token=reply)
    with pytest.raises(ProviderFailed):
        known(role, "oidc")
    assert [asked.path for asked in role.asked] == ["/token"] * requests


@pytest.mark.parametrize(
    ("reply", "refresh", "seconds"),
    [
        (Reply("access_token=AT&refresh_token=RT&expires_in=60", 200, FORM), "RT", 60),
        (Reply("access_token=AT&token_type=bearer", 200, "text/plain; charset=utf-8"), "", 0),
        (Reply({"access_token": "AT", "expires_in": "60"}, 201), "", 60),
        (Reply({"access_token": "AT", "expires_in": 1e300}), "", 0),
        (Reply({"access_token": "AT", "expires_in": -5, "refresh_token": 5}), "5", 0),
        (Reply({"access_token": "AT", "expires_in": "9" * 400}), "", 0),
    ],
)
def test_a_token_comes_in_more_than_one_form(
    stage: Stage, reply: Reply, refresh: str, seconds: int
) -> None:
    found = known(stage.play(user={"sub": "s1"}, token=reply), "oidc")
    assert (found.access_token, found.refresh_token) == ("AT", refresh)
    assert found.expires == (NOW + seconds * 1000 if seconds else 0)


def test_what_a_provider_wants_to_be_asked_with_is_sent(stage: Stage) -> None:
    role = stage.play(user={"data": [{"id": "w1"}]})
    known(role, "twitch")
    assert role.to("/user")[0].headers["client-id"] == CLIENT_ID
    role = stage.play(user={"user": {"ids": {"uuid": "u"}}})
    known(role, "trakt")
    asked = role.to("/user")[0].headers
    assert (asked["trakt-api-key"], asked["trakt-api-version"]) == (CLIENT_ID, "2")
    role = stage.play(user={})
    known(role, "notion")
    assert role.to("/user")[0].headers["notion-version"] == "2022-06-28"
    role = stage.play(user={"data": {"viewer": {"id": "l1", "active": True}}})
    known(role, "linear")
    asked_for = role.to("/user")[0]
    assert asked_for.method == "POST"
    assert "viewer" in json.loads(asked_for.body)["query"]


def test_one_address_of_another_is_asked_for_with_the_query_kept(stage: Stage) -> None:
    role = stage.play(user={"id": 5}, user__emails=[])
    known(role, "github", userInfoURL=f"{role.url}/user?a=1")
    assert [(asked.path, asked.query) for asked in role.asked[1:]] == [
        ("/user", "a=1"),
        ("/user/emails", "a=1"),
    ]


def test_a_provider_without_addresses_logs_nobody_in(stage: Stage) -> None:
    role = stage.play()
    for name in ("mailcow", "oidc"):
        with pytest.raises(ProviderFailed):
            known(role, name, tokenURL="")


def test_a_person_is_read_from_anything() -> None:
    odd: list[dict[str, Any]] = [
        {},
        {"data": 5},
        {"response": [[]]},
        {"user": None},
        {"bot": {"owner": []}},
    ]
    for name, kind in PROVIDERS.items():
        for told in odd:
            try:
                assert isinstance(kind.reading.read(Told(told)), Person), name
            except ProviderFailed:
                continue
