"""Whatever ends tokens ends them for good: no sequence of such actions leaves an old one working,
and none ends what it should not. Each run takes another order, and names its seed.
"""

import random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

import httpx
import pytest

from tests.mailbox import Mailbox
from tests.wire.clubs import CODES_ON, Club, Member, found
from tests.wire.test_codes import asked
from tests.wire.test_system_collections import left_by
from tests.wire.world import PASSWORD, World

PAPER = {"name": "paper", "type": "file", "maxSelect": 1, "protected": True}
LOGINS = ("auth", "refreshed", "other", "impersonated")
MAILED = ("password-reset", "verification", "email-change")
KINDS = (*LOGINS, "file", *MAILED)
DAY = 86_400
FILE_TOKEN = "/api/files/token"


@pytest.fixture(scope="module", autouse=True)
def patient(world: World) -> Iterator[None]:
    """However often tokens are tried here, each is looked at."""
    limits = {"rateLimits": {"excludedIPs": ["127.0.0.1"]}}
    assert world.ask("root", "PATCH", "/api/settings", body=limits).status_code == 200
    yield
    world.ask("root", "PATCH", "/api/settings", body={"rateLimits": {"excludedIPs": []}})


class Life:
    """One account, its password and address, and everything that was ever given to it."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.mailbox: Mailbox = member.club.world.mailbox
        self.password = PASSWORD
        self.paper = self._bring_paper()
        self.good: list[tuple[str, str]] = []
        self.dead: list[tuple[str, str]] = []
        self.fresh: dict[str, str] = {}
        self.asked: set[str] = set()

    def collect(self) -> None:
        """Gets a fresh token of every kind that can be asked for now: a second link to the same
        account is not sent at once."""
        member, club = self.member, self.member.club
        login = member.log_in(self.password).json()["token"]
        headers = {"authorization": login}
        self.fresh = {
            "auth": login,
            "other": member.log_in(self.password).json()["token"],
            "refreshed": club.post("auth-refresh", headers=headers).json()["token"],
            "impersonated": club.post(f"impersonate/{member.id}", who="root").json()["token"],
            "file": club.world.ask("guest", "POST", FILE_TOKEN, headers=headers).json()["token"],
        }
        for action in {"password-reset", "verification"} - self.asked:
            if action == "verification" and member.show()["verified"]:
                continue
            before = len(self.mailbox.all(member.email))
            club.post(f"request-{action}", {"email": member.email})
            self.fresh[action] = self.mailbox.token(member.email, before + 1)
            self.asked.add(action)
        new = f"{club.world.fresh('address')}@example.com"
        club.post("request-email-change", {"newEmail": new}, headers=headers)
        self.fresh["email-change"] = self.mailbox.token(new)
        self.good += self.fresh.items()

    def end(self, names: Iterable[str]) -> None:
        """Takes all tokens of these kinds for dead."""
        ended = [each for each in self.good if each[0] in names]
        self.good = [each for each in self.good if each not in ended]
        self.dead += ended

    def works(self, kind: str, token: str) -> bool:
        """Whether a token is still good for anything; trying a mailed one may change the account,
        all others change nothing."""
        club, headers = self.member.club, {"authorization": token}
        if kind in LOGINS:
            return club.post("auth-refresh", headers=headers).status_code == 200
        if kind == "file":
            path = f"/api/files/{club.name}/{self.member.id}/{self.paper}"
            return club.world.ask("guest", "GET", path, query={"token": token}).status_code == 200
        body = {"token": token, "password": self.password, "passwordConfirm": self.password}
        return club.post(f"confirm-{kind}", body).status_code == 204

    def _bring_paper(self) -> str:
        world, club = self.member.club.world, self.member.club
        answer = httpx.patch(
            f"{world.url}/api/collections/{club.name}/records/{self.member.id}",
            files={"paper": ("paper.txt", b"private")},
            headers={"authorization": world.tokens["root"]},
            timeout=20,
        )
        return str(answer.json()["paper"])


def new_password(life: Life) -> tuple[str, ...]:
    life.password = f"{life.password[:20]}x"
    return same_password(life)


def same_password(life: Life) -> tuple[str, ...]:
    life.member.change(password=life.password, passwordConfirm=life.password)
    return KINDS


def new_address(life: Life) -> tuple[str, ...]:
    life.member.email = f"{life.member.club.world.fresh('moved')}@example.com"
    life.member.change(email=life.member.email)
    return KINDS


def new_key(life: Life) -> tuple[str, ...]:
    life.member.change(**{"tokenKey:autogenerate": ""})
    return KINDS


def reset(life: Life) -> tuple[str, ...]:
    token = life.fresh.get("password-reset")
    if token is None:
        return new_password(life)
    assert life.works("password-reset", token)
    life.asked.discard("password-reset")
    return KINDS


def move(life: Life) -> tuple[str, ...]:
    assert life.works("email-change", life.fresh["email-change"])
    life.member.email = str(life.member.show()["email"])
    return KINDS


def verified_with_links(life: Life) -> tuple[str, ...]:
    life.member.change(verified=False)
    left_by(life.member, "_externalAuths")
    life.member.change(verified=True)
    return KINDS


def confirmed_by_code(life: Life) -> tuple[str, ...]:
    """Whoever logs in by a code to an account that nobody had confirmed ends what was before."""
    member = life.member
    member.change(verified=False)
    number = len(life.mailbox.all(member.email)) + 1
    otp_id = asked(member)
    code = life.mailbox.code(member.email, number)
    while not all(each["sentTo"] for each in member.left("_otps")):
        time.sleep(0.01)
    body = {"otpId": otp_id, "password": code}
    assert member.club.post("auth-with-otp", body).status_code == 200
    return new_password(life)


def end_all_sessions(life: Life) -> tuple[str, ...]:
    headers = {"authorization": life.fresh["auth"]}
    path = "/api/sessions"
    answer = life.member.club.world.ask("guest", "DELETE", path, headers=headers)
    assert answer.status_code == 204
    return KINDS


def end_other_sessions(life: Life) -> tuple[str, ...]:
    headers = {"authorization": life.fresh["auth"]}
    path = "/api/sessions/end-others"
    assert life.member.club.world.ask("guest", "POST", path, headers=headers).status_code == 200
    return KINDS


def end_one_session(life: Life) -> tuple[str, ...]:
    """Ends that of the newest login, of which a refreshed token is a part."""
    world, headers = life.member.club.world, {"authorization": life.fresh["auth"]}
    items = world.ask("guest", "GET", "/api/sessions", headers=headers).json()["items"]
    [current] = [each["id"] for each in items if each["current"]]
    path = f"/api/sessions/{current}"
    assert world.ask("guest", "DELETE", path, headers=headers).status_code == 204
    of_it = [(kind, life.fresh[kind]) for kind in ("auth", "refreshed")]
    life.good = [each for each in life.good if each not in of_it]
    life.dead += of_it
    return ()


def new_rule(life: Life) -> tuple[str, ...]:
    life.member.club.change(authRule=f"id != '{secrets.token_hex(4)}'")
    return LOGINS


def new_secret(name: str, *ended: str) -> Callable[[Life], tuple[str, ...]]:
    """An action that gives the collection another secret for one kind of tokens."""

    def action(life: Life) -> tuple[str, ...]:
        life.member.club.change(**{name: {"duration": DAY, "secret": secrets.token_hex(20)}})
        return ended

    action.__name__ = f"new_secret_of_{name}"
    return action


ACTIONS: Mapping[str, Callable[[Life], tuple[str, ...]]] = {
    each.__name__: each
    for each in (
        new_password,
        same_password,
        new_address,
        new_key,
        reset,
        move,
        verified_with_links,
        confirmed_by_code,
        end_all_sessions,
        end_other_sessions,
        end_one_session,
        new_rule,
        new_secret("authToken", *LOGINS),
        new_secret("fileToken", "file"),
        new_secret("passwordResetToken", "password-reset"),
        new_secret("verificationToken", "verification"),
        new_secret("emailChangeToken", "email-change"),
    )
}
"""What ends tokens, and of which kinds."""


def begun(world: World) -> Life:
    club = found(
        world,
        otp=CODES_ON,
        fields=[PAPER],
        authAlert={"enabled": False},
        viewRule="id = @request.auth.id",
    )
    life = Life(club.join())
    life.collect()
    return life


def hold(life: Life, dead: Iterable[tuple[str, str]], after: str) -> None:
    """These tokens are dead; of those that nobody ended, the ones that can be tried are good."""
    for kind, token in dead:
        assert not life.works(kind, token), f"{kind} after {after}"
    for kind, token in life.good:
        if kind not in MAILED:
            assert life.works(kind, token), f"no {kind} after {after}"


def test_no_old_token_works(world: World) -> None:
    seed = random.randrange(1 << 32)
    order = random.Random(seed).sample(sorted(ACTIONS), len(ACTIONS))
    life = begun(world)
    for name in order:
        ended = len(life.dead)
        life.end(ACTIONS[name](life))
        hold(life, life.dead[ended:], f"{name} of {order}: {seed}")
        life.collect()
    hold(life, life.dead, f"{order}: {seed}")


@pytest.mark.parametrize("name", ["password-reset", "verification"])
def test_another_secret_ends_links_that_were_sent(world: World, name: str) -> None:
    life = begun(world)
    kind = {"password-reset": "passwordResetToken", "verification": "verificationToken"}[name]
    life.end(ACTIONS[f"new_secret_of_{kind}"](life))
    assert [each for each, _ in life.dead] == [name]
    hold(life, life.dead, name)


def test_nothing_is_left_of_an_account_that_is_gone(world: World) -> None:
    life = begun(world)
    path = f"/api/collections/{life.member.club.name}/records/{life.member.id}"
    assert world.ask("root", "DELETE", path).status_code == 204
    life.end(KINDS)
    hold(life, life.dead, "the end")


def test_the_suspended_are_out_until_they_are_taken_back(world: World) -> None:
    users = Club(world, "_pb_users_auth_", "users")
    name = world.fresh("paused")
    person = world.person(name)
    headers = {"authorization": world.tokens[name]}
    tokens = [world.tokens[name], users.post("auth-refresh", headers=headers).json()["token"]]
    tokens.append(users.post(f"impersonate/{person}", who="root").json()["token"])
    world.change("users", person, status="suspended")
    for token in tokens:
        refused = users.post("auth-refresh", headers={"authorization": token})
        assert refused.status_code == 401
    credentials = {"identity": name, "password": PASSWORD}
    assert users.post("auth-with-password", credentials).status_code == 403
    world.change("users", person, status="active")
    assert users.post("auth-refresh", headers={"authorization": tokens[0]}).status_code == 200
