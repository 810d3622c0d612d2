"""What providers tell of people, in their own shapes, and whom that makes: `NOBODY` where it logs
nobody in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from holobase.engine.oauth2.people import Person
from tests.stub_provider import Reply

NOBODY: Final[Person | None] = None


def person(
    identifier: str, name: str = "", username: str = "", email: str = "", avatar: str = ""
) -> Person:
    """Somebody at a provider."""
    return Person(identifier, name, username, email, avatar)


@dataclass(frozen=True)
class Shape:
    """One provider's answer, and the person."""

    says: str
    user: Any
    person: Person | None
    emails: Any = None
    token: Mapping[str, Any] = field(default_factory=dict)

    @property
    def provider(self) -> str:
        """Whose answer it is."""
        return self.says.partition(":")[0]


PICTURE = "https://pictures.example.com/ann.png"
ANN = "ann@example.com"

_LINEAR = {"id": "l1", "displayName": "anny", "name": "Ann", "email": ANN, "avatarUrl": PICTURE}
_MONDAY = {"id": "o1", "name": "Ann", "email": ANN, "photo_small": PICTURE}
_WAKATIME = {"id": "a1", "display_name": "Ann", "username": "anny", "email": ANN, "photo": PICTURE}
_GITEA = {"id": 9, "full_name": "Ann", "login": "anny", "email": "public@example.com"}
_KAKAO = {"email": ANN, "is_email_valid": True, "is_email_verified": True}
_PATREON = {"email": ANN, "full_name": "Ann", "vanity": "anny", "image_url": PICTURE}
_NAVER = {"id": "v1", "name": "앤", "nickname": "anny", "profile_image": PICTURE}


def _listed(address: str, **more: Any) -> dict[str, Any]:
    return {"email": address, **more}


SHAPES: Final[tuple[Shape, ...]] = (
    Shape(
        "google",
        {"sub": "11", "name": "Ann", "picture": PICTURE, "email": ANN, "email_verified": True},
        person("11", "Ann", email=ANN, avatar=PICTURE),
    ),
    Shape(
        "google: an address that nobody has verified",
        {"sub": "11", "name": "Ann", "email": ANN, "email_verified": False},
        person("11", "Ann"),
    ),
    Shape(
        "microsoft",
        {"id": "m1", "displayName": "Ann", "mail": ANN, "userPrincipalName": "ann@corp.example"},
        person("m1", "Ann", email=ANN),
    ),
    Shape(
        "yandex",
        {
            "id": "y1",
            "real_name": "Ann",
            "login": "anny",
            "default_email": ANN,
            "is_avatar_empty": False,
            "default_avatar_id": "1/a",
        },
        person("y1", "Ann", "anny", ANN, "https://avatars.yandex.net/get-yapic/1/a/islands-200"),
    ),
    Shape(
        "yandex: no picture",
        {"id": "y1", "is_avatar_empty": True, "default_avatar_id": "1/a"},
        person("y1"),
    ),
    Shape(
        "facebook",
        {"id": "f1", "name": "Ann", "email": ANN, "picture": {"data": {"url": PICTURE}}},
        person("f1", "Ann", email=ANN, avatar=PICTURE),
    ),
    Shape(
        "instagram2",
        {
            "user_id": "i1",
            "id": "x",
            "username": "anny",
            "name": "Ann",
            "profile_picture_url": PICTURE,
        },
        person("i1", "Ann", "anny", avatar=PICTURE),
    ),
    Shape(
        "github",
        {
            "login": "anny",
            "id": 5,
            "name": "Ann",
            "email": "public@example.com",
            "avatar_url": PICTURE,
        },
        person("5", "Ann", "anny", ANN, PICTURE),
        emails=[
            _listed("a@example.com", verified=True, primary=False),
            _listed("b@example.com", verified=False, primary=True),
            _listed(ANN, verified=True, primary=True),
        ],
    ),
    Shape(
        "github: addresses that may not be seen",
        {"login": "anny", "id": 5, "name": None, "email": "public@example.com"},
        person("5", username="anny"),
        emails=Reply({}, 403),
    ),
    Shape("github: addresses that cannot be had", {"id": 5}, NOBODY, emails=Reply({}, 500)),
    Shape("github: addresses that are no list", {"id": 5}, NOBODY, emails={"a": 1}),
    Shape(
        "gitlab",
        {
            "id": 7,
            "name": "Ann",
            "username": "anny",
            "email": ANN,
            "avatar_url": PICTURE,
            "confirmed_at": "2020-01-02T03:04:05.678Z",
        },
        person("7", "Ann", "anny", ANN, PICTURE),
    ),
    Shape(
        "gitlab: an address that was never confirmed",
        {"id": 7, "email": ANN, "confirmed_at": None},
        person("7"),
    ),
    Shape(
        "bitbucket",
        {
            "uuid": "{b}",
            "username": "anny",
            "display_name": "Ann",
            "account_status": "active",
            "links": {"avatar": {"href": PICTURE}},
        },
        person("{b}", "Ann", "anny", ANN, PICTURE),
        emails={
            "values": [
                _listed("a@example.com", is_primary=True, is_confirmed=False),
                _listed(ANN, is_primary=True, is_confirmed=True),
            ]
        },
    ),
    Shape(
        "bitbucket: addresses that cannot be had",
        {"uuid": "{b}", "account_status": "active"},
        person("{b}"),
        emails=Reply({}, 500),
    ),
    Shape("bitbucket: an account that was closed", {"uuid": "{b}", "account_status": "x"}, NOBODY),
    Shape(
        "gitee",
        {"login": "anny", "id": 8, "name": "Ann", "email": ANN, "avatar_url": PICTURE},
        person("8", "Ann", "anny", ANN, PICTURE),
    ),
    Shape(
        "gitee: something else in the place of a public address",
        {"login": "anny", "id": 8, "name": "Ann", "email": "hidden"},
        person("8", "Ann", "anny", ANN),
        emails=[
            _listed("a@example.com", state="confirmed", scope=["notified"]),
            _listed("b@example.com", state="unconfirmed", scope=["primary"]),
            _listed(ANN, state="confirmed", scope=["primary", "notified"]),
        ],
    ),
    Shape(
        "gitee: no list of addresses",
        {"login": "anny", "id": 8},
        person("8", username="anny"),
        emails={"email": "8+anny@user.noreply.gitee.com"},
    ),
    Shape(
        "gitea",
        {**_GITEA, "active": True, "avatar_url": PICTURE},
        person("9", "Ann", "anny", ANN, PICTURE),
        emails=[
            _listed("a@example.com", verified=False, primary=True),
            _listed(ANN, verified=True, primary=True),
        ],
    ),
    Shape("gitea: an account that is not active", {**_GITEA, "active": False}, NOBODY, emails=[]),
    Shape(
        "discord",
        {
            "id": "d1",
            "username": "anny",
            "discriminator": "0",
            "global_name": "Ann",
            "avatar": "hash",
            "email": ANN,
            "verified": True,
        },
        person("d1", "Ann", "anny", ANN, "https://cdn.discordapp.com/avatars/d1/hash.png"),
    ),
    Shape(
        "discord: an old account, not verified",
        {
            "id": "d1",
            "username": "anny",
            "discriminator": "1234",
            "avatar": None,
            "email": ANN,
            "verified": False,
        },
        person("d1", "anny#1234", "anny"),
    ),
    Shape(
        "discord: nothing but a username",
        {"id": "d1", "username": "anny", "discriminator": "0"},
        person("d1", "anny", "anny"),
    ),
    Shape(
        "twitter",
        {
            "data": {
                "id": "t1",
                "name": "Ann",
                "username": "anny",
                "profile_image_url": PICTURE,
                "confirmed_email": ANN,
            }
        },
        person("t1", "Ann", "anny", ANN, PICTURE),
    ),
    Shape(
        "kakao",
        {
            "id": 123456789,
            "properties": {"nickname": "앤", "profile_image": PICTURE},
            "kakao_account": _KAKAO,
        },
        person("123456789", username="앤", email=ANN, avatar=PICTURE),
    ),
    Shape(
        "kakao: an address that is not verified",
        {"id": 5, "kakao_account": {**_KAKAO, "is_email_verified": False}},
        person("5"),
    ),
    Shape(
        "kakao: an address that is somebody else's by now",
        {"id": 5, "kakao_account": {**_KAKAO, "is_email_valid": False}},
        person("5"),
    ),
    Shape(
        "naver",
        {
            "resultcode": "00",
            "message": "success",
            "response": {**_NAVER, "email": "ann@naver.com"},
        },
        person("v1", "앤", "anny", "ann@naver.com", PICTURE),
    ),
    Shape(
        "naver: an address of somewhere else",
        {"resultcode": "00", "response": {**_NAVER, "email": ANN}},
        person("v1", "앤", "anny", avatar=PICTURE),
    ),
    Shape("naver: a refusal with status 200", {"resultcode": "024", "message": "x"}, NOBODY),
    Shape(
        "vk",
        {
            "response": [
                {
                    "id": 10,
                    "first_name": "Ann",
                    "last_name": "Ivanova",
                    "screen_name": "anny",
                    "photo_max": PICTURE,
                }
            ]
        },
        person("10", "Ann Ivanova", "anny", ANN, PICTURE),
        token={"email": ANN},
    ),
    Shape("vk: nobody", {"response": []}, person("")),
    Shape(
        "linear",
        {"data": {"viewer": {**_LINEAR, "active": True}}},
        person("l1", "Ann", "anny", ANN, PICTURE),
    ),
    Shape("linear: suspended", {"data": {"viewer": {**_LINEAR, "active": False}}}, NOBODY),
    Shape(
        "notion",
        {
            "bot": {
                "owner": {
                    "user": {
                        "id": "n1",
                        "name": "Ann",
                        "avatar_url": PICTURE,
                        "person": {"email": ANN},
                    }
                }
            }
        },
        person("n1", "Ann", email=ANN, avatar=PICTURE),
    ),
    Shape(
        "monday",
        {"data": {"me": {**_MONDAY, "enabled": True, "is_verified": True}}},
        person("o1", "Ann", email=ANN, avatar=PICTURE),
    ),
    Shape(
        "monday: not verified",
        {"data": {"me": {**_MONDAY, "enabled": True, "is_verified": False}}},
        person("o1", "Ann", avatar=PICTURE),
    ),
    Shape("monday: disabled", {"data": {"me": {**_MONDAY, "enabled": False}}}, NOBODY),
    Shape(
        "lark",
        {
            "data": {
                "union_id": "k1",
                "open_id": "x",
                "name": "Ann",
                "email": ANN,
                "avatar_url": PICTURE,
            }
        },
        person("k1", "Ann", avatar=PICTURE),
    ),
    Shape(
        "box",
        {"id": "b1", "name": "Ann", "login": ANN, "avatar_url": PICTURE, "status": "active"},
        person("b1", "Ann", email=ANN, avatar=PICTURE),
    ),
    Shape("box: inactive", {"id": "b1", "login": ANN, "status": "inactive"}, NOBODY),
    Shape(
        "spotify",
        {
            "id": "s1",
            "display_name": "Ann",
            "email": ANN,
            "images": [{"url": PICTURE}, {"url": "x"}],
        },
        person("s1", "Ann", avatar=PICTURE),
    ),
    Shape("spotify: no picture", {"id": "s1", "images": []}, person("s1")),
    Shape(
        "trakt",
        {
            "user": {
                "username": "anny",
                "name": "Ann",
                "ids": {"slug": "anny", "uuid": "u1"},
                "images": {"avatar": {"full": PICTURE}},
            }
        },
        person("u1", "Ann", "anny", avatar=PICTURE),
    ),
    Shape(
        "twitch",
        {
            "data": [
                {
                    "id": "w1",
                    "login": "anny",
                    "display_name": "Ann",
                    "email": ANN,
                    "profile_image_url": PICTURE,
                }
            ]
        },
        person("w1", "Ann", "anny", ANN, PICTURE),
    ),
    Shape("twitch: nobody", {"data": []}, person("")),
    Shape(
        "patreon",
        {"data": {"id": "p1", "attributes": {**_PATREON, "is_email_verified": True}}},
        person("p1", "Ann", "anny", ANN, PICTURE),
    ),
    Shape(
        "patreon: not verified",
        {"data": {"id": "p1", "attributes": {**_PATREON, "is_email_verified": False}}},
        person("p1", "Ann", "anny", avatar=PICTURE),
    ),
    Shape(
        "strava",
        {"id": 12, "firstname": "Ann", "lastname": "Lee", "username": "anny", "profile": PICTURE},
        person("12", "Ann Lee", "anny", avatar=PICTURE),
    ),
    Shape("strava: number 0", {"id": 0, "firstname": "Ann", "lastname": ""}, person("", "Ann")),
    Shape(
        "wakatime",
        {"data": {**_WAKATIME, "is_email_confirmed": True, "photo_public": True}},
        person("a1", "Ann", "anny", ANN, PICTURE),
    ),
    Shape(
        "wakatime: a private picture, an address not confirmed",
        {"data": {**_WAKATIME, "is_email_confirmed": False, "photo_public": False}},
        person("a1", "Ann", "anny"),
    ),
    Shape(
        "livechat",
        {
            "account_id": "c1",
            "name": "Ann",
            "email": ANN,
            "email_verified": True,
            "avatar_url": PICTURE,
        },
        person("c1", "Ann", email=ANN, avatar=PICTURE),
    ),
    Shape(
        "mailcow",
        {"id": ANN, "username": ANN, "email": ANN, "full_name": "Ann", "active": 1},
        person(ANN, "Ann", "ann", ANN),
    ),
    Shape("mailcow: inactive", {"id": ANN, "email": ANN, "active": 0}, NOBODY),
    Shape(
        "planningcenter",
        {
            "data": {
                "id": "g1",
                "attributes": {"status": "active", "name": "Ann", "avatar": PICTURE},
            }
        },
        person("g1", "Ann", avatar=PICTURE),
    ),
    Shape(
        "planningcenter: not active",
        {"data": {"id": "g1", "attributes": {"status": "pending", "name": "Ann"}}},
        NOBODY,
    ),
    Shape(
        "oidc",
        {
            "sub": "s1",
            "name": "Ann",
            "preferred_username": "anny",
            "picture": PICTURE,
            "email": ANN,
            "email_verified": True,
        },
        person("s1", "Ann", "anny", ANN, PICTURE),
    ),
    Shape(
        "oidc2: verified as a text",
        {"sub": "s1", "email": ANN, "email_verified": "true"},
        person("s1", email=ANN),
    ),
    Shape("oidc3: nothing about verified", {"sub": "s1", "email": ANN}, person("s1")),
    Shape(
        "oidc: an address that is none",
        {"sub": "s1", "email": "not one", "email_verified": True},
        person("s1"),
    ),
    Shape(
        "oidc: members of other kinds",
        {"sub": 5, "name": ["x"], "picture": {"a": 1}, "email": 5, "email_verified": [True]},
        person("5"),
    ),
    Shape("oidc: an id that is no text", {"sub": {"a": 1}}, person("")),
    Shape("oidc: true is no id", {"sub": True}, person("")),
    Shape("oidc: no object", [1], NOBODY),
    Shape("oidc: no JSON", Reply("{bad"), NOBODY),
    Shape("oidc: U+0000", Reply('{"sub": "a\\u0000b"}'), NOBODY),
    Shape("oidc: an error", Reply({"sub": "s1"}, 401), NOBODY),
    Shape(
        "oidc: somewhere else", Reply({}, 302, headers={"location": "http://localhost/"}), NOBODY
    ),
    Shape("oidc: too long", Reply('{"sub": "' + "a" * 2_000_000 + '"}'), NOBODY),
)
