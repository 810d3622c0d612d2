"""The people of the demo data: accounts, profiles, and who follows whom."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from holobase.community.identity.permissions import CREATOR, MEMBER, MODERATOR, Role
from holobase.community.identity.teams import TEAMS
from holobase.community.seed.step import Step
from holobase.community.seed.texts import people as words
from holobase.community.seed.world import DAY, Person, World

PASSWORD = "holobase-demo"  # noqa: S105 - it is public: everybody may try the demo
DOMAIN = "holobase.example"
SIGN_UP_DAYS = 45


class DemoAccount(NamedTuple):
    """An account to look around with."""

    email: str
    password: str
    role: str


_NAMED: tuple[tuple[str, str, Role], ...] = (
    ("demo", "홀로 데모", CREATOR),
    ("moderator", "홀로 지킴이", MODERATOR),
    ("fan", "홀로 팬", MEMBER),
)

DEMO_ACCOUNTS: tuple[DemoAccount, ...] = tuple(
    DemoAccount(f"{username}@{DOMAIN}", PASSWORD, role.name) for username, _, role in _NAMED
)


def sign_ups(world: World, count: int) -> Iterator[Step]:
    """Accounts and, a minute later, what their owners tell about themselves."""
    for number in range(count):
        person = Person(world.new_id(), _signed_up(world, number), world.one(TEAMS))
        world.people.append(person)
        yield Step("users", _account(world, person, number), None, person.at)
        profile = _profile(world, person)
        yield Step("unified_users", profile, person.id, person.at + 60_000, "update")


def follows(world: World, count: int) -> Iterator[Step]:
    """Who follows whom: a few people have most of the followers."""

    def draw() -> tuple[Person, Person]:
        follower, followed = world.one(world.people), world.popular(world.people)
        return (follower, followed) if follower != followed else draw()

    for follower, followed in world.distinct(count, draw):
        body = {"id": world.new_id(), "follower": follower.id, "following": followed.id}
        yield Step("follows", body, follower.id, world.moment(follower.at, followed.at))


def mail_wishes(world: World, count: int) -> Iterator[Step]:
    """How some people want to be told."""
    for person in world.people[:count]:
        body = {
            "id": world.new_id(),
            "user": person.id,
            "like": world.one(("daily", "never")),
            "comment": world.one(("immediate", "hourly")),
            "quiet_from": "23:00",
            "quiet_until": "07:30",
        }
        yield Step("notification_settings", body, person.id, world.moment(person.at))


def _signed_up(world: World, number: int) -> int:
    if number < len(_NAMED):
        return world.start + number
    return world.start + int(SIGN_UP_DAYS * DAY * world.random.random())


def _account(world: World, person: Person, number: int) -> dict[str, Any]:
    if number < len(_NAMED):
        username, name, role = _NAMED[number]
    else:
        username = f"{world.one(words.HANDLES)}{number}"
        name = world.one(words.FAMILY_NAMES) + world.one(words.GIVEN_NAMES)
        role = CREATOR if world.happens(0.3) else MEMBER
    return {
        "id": person.id,
        "email": f"{username}@{DOMAIN}",
        "password": PASSWORD,
        "passwordConfirm": PASSWORD,
        "verified": True,
        "username": username,
        "name": name,
        "roles": list(dict.fromkeys((MEMBER.id, role.id))),
        "locale": "ko",
    }


def _profile(world: World, person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "bio": world.one(words.BIOS),
        "creator_bio": world.one(words.CREATOR_BIOS) if world.happens(0.4) else "",
        "fan_favorite_team": person.team.id,
        "theme": world.one(("light", "dark", "auto", "kbo-team")),
        "team_theme_color": person.team.primary_color,
    }
