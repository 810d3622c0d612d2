"""Whatever ends tokens ends all of them: no sequence of such actions leaves an old one working."""

from collections.abc import Callable, Mapping

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.mailbox import Mailbox
from tests.wire.clubs import CODES_ON, Member, found
from tests.wire.test_system_collections import left_by
from tests.wire.world import PASSWORD, World

CHEAP = {"name": "password", "type": "password", "cost": 4, "min": 8}
"""Passwords that take no time to be hashed."""


class Life:
    """One account, its password and address, and everything that was ever given to it."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.mailbox: Mailbox = member.club.world.mailbox
        self.password = PASSWORD
        self.given: list[tuple[str, str]] = []
        self.fresh: dict[str, str] = {}
        self.asked: set[str] = set()

    def collect(self) -> None:
        """Gets a fresh token of every kind that can be asked for now: a second link to the same
        account is not sent at once."""
        member, club = self.member, self.member.club
        self.fresh = {"auth": member.log_in(self.password).json()["token"]}
        for action in {"password-reset", "verification"} - self.asked:
            if action == "verification" and member.show()["verified"]:
                continue
            before = len(self.mailbox.all(member.email))
            club.post(f"request-{action}", {"email": member.email})
            self.fresh[action] = self.mailbox.token(member.email, before + 1)
            self.asked.add(action)
        new = f"{club.world.fresh('address')}@example.com"
        headers = {"authorization": self.fresh["auth"]}
        club.post("request-email-change", {"newEmail": new}, headers=headers)
        self.fresh["email-change"] = self.mailbox.token(new)
        self.given += self.fresh.items()

    def works(self, kind: str, token: str) -> bool:
        """Whether a token is still good for anything; trying it may change the account."""
        club = self.member.club
        if kind == "auth":
            headers = {"authorization": token}
            return club.post("auth-refresh", headers=headers).status_code == 200
        body = {"token": token, "password": self.password, "passwordConfirm": self.password}
        return club.post(f"confirm-{kind}", body).status_code == 204


def new_password(life: Life) -> None:
    life.password = f"{life.password[:20]}x"
    life.member.change(password=life.password, passwordConfirm=life.password)


def same_password(life: Life) -> None:
    life.member.change(password=life.password, passwordConfirm=life.password)


def new_address(life: Life) -> None:
    life.member.email = f"{life.member.club.world.fresh('moved')}@example.com"
    life.member.change(email=life.member.email)


def new_key(life: Life) -> None:
    life.member.change(**{"tokenKey:autogenerate": ""})


def reset(life: Life) -> None:
    token = life.fresh.get("password-reset")
    if token is None:
        new_password(life)
        return
    assert life.works("password-reset", token)
    life.asked.discard("password-reset")


def move(life: Life) -> None:
    assert life.works("email-change", life.fresh["email-change"])
    life.member.email = str(life.member.show()["email"])


def verified_with_links(life: Life) -> None:
    life.member.change(verified=False)
    left_by(life.member, "_externalAuths")
    life.member.change(verified=True)


ACTIONS: Mapping[str, Callable[[Life], None]] = {
    each.__name__: each
    for each in (
        new_password,
        same_password,
        new_address,
        new_key,
        reset,
        move,
        verified_with_links,
    )
}


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(actions=st.lists(st.sampled_from(sorted(ACTIONS)), min_size=1, max_size=3))
def test_no_old_token_works(world: World, actions: list[str]) -> None:
    club = found(world, otp=CODES_ON, fields=[CHEAP], authAlert={"enabled": False})
    life = Life(club.join())
    life.collect()
    for name in actions:
        ACTIONS[name](life)
        for kind, token in life.given:
            assert not life.works(kind, token), f"{kind} after {name}"
        life.collect()
