"""What counts as how many failed attempts, and for whom."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from holobase.community.identity.collections import USERS
from holobase.domain.errors import BadRequest, TooMany
from holobase.domain.principal import Request
from holobase.domain.settings import InstanceSettings, RateLimits
from holobase.engine.accounts.attempts import ANYWHERE_FACTOR, SITE_FACTOR, Attempt, Attempts
from holobase.engine.catalogue import Definition
from holobase.engine.instance_settings import KeptSettings
from holobase.ports.hub import Alone

MOST = 3
OFFICE = "9.9.9.0/24"


class Held:
    """Settings that exclude an office."""

    held = InstanceSettings(rate_limits=RateLimits(excluded_ips=(OFFICE,)))


class Guessing:
    """Somebody who guesses, and is told what."""

    def __init__(self, most: int = MOST) -> None:
        self.attempts = Attempts(Alone(), cast(KeptSettings, Held()), most)
        self.definition = cast(Definition, _Definition())

    def attempt(self, name: str, address: str, **more: Any) -> Attempt:
        request = Request(address=address)
        return Attempt("password", self.definition, name, request, is_guess=True, **more)

    async def fails(self, name: str, address: str, **more: Any) -> bool:
        """Whether a wrong guess was looked at, and not refused unseen."""
        attempt = self.attempt(name, address, **more)
        try:
            await self.attempts.bounded(attempt, _wrong)
        except TooMany:
            return False
        except BadRequest:
            return True
        raise AssertionError("a wrong guess was right")


class _Definition:
    collection = USERS.collection


async def _wrong() -> None:
    raise BadRequest("login_failed")


async def _right() -> str:
    return "in"


def home(*, is_there: bool) -> Callable[[], Awaitable[bool]]:
    async def answer() -> bool:
        return is_there

    return answer


async def tries(guess: Callable[[int], Awaitable[bool]], most: int) -> int:
    """How many of one more than so many guesses are looked at."""
    return sum([await guess(number) for number in range(most + 1)])


SAME: dict[str, Callable[[Guessing, int], Awaitable[bool]]] = {
    "one name from one address": lambda who, n: who.fails("anna", "8.8.8.8"),
    "a name in other letters": lambda who, n: who.fails(("anna", "ANNA")[n % 2], "8.8.8.8"),
    "addresses of one network": lambda who, n: who.fails("anna", f"2a00:1:2:3::{n}"),
    "an address in the clothes of another": lambda who, n: who.fails(
        "anna", ("8.8.8.8", "0000:0000:0000:0000:0000:ffff:0808:0808")[n % 2]
    ),
    "something that is no address": lambda who, n: who.fails("anna", ""),
}


@pytest.mark.parametrize("says", SAME)
async def test_these_are_one(says: str) -> None:
    who = Guessing()
    assert await tries(lambda n: SAME[says](who, n), MOST) == MOST


OTHERS = [("bora", "8.8.8.8"), ("anna", "8.8.4.4"), ("anna", "2a00:1:2:4::1")]


@pytest.mark.parametrize(("name", "address"), OTHERS)
async def test_these_are_others(name: str, address: str) -> None:
    who = Guessing()
    assert await tries(lambda _: who.fails("anna", "8.8.8.8"), MOST) == MOST
    assert await who.fails(name, address)


async def test_one_name_is_guessed_from_so_many_places() -> None:
    who, most = Guessing(), MOST * ANYWHERE_FACTOR
    assert await tries(lambda n: who.fails("anna", f"8.8.8.{n}"), most) == most
    assert not await who.fails("anna", "1.1.1.1", is_at_home=home(is_there=False))
    assert await who.fails("anna", "1.1.1.1", is_at_home=home(is_there=True))


async def test_what_cannot_be_guessed_is_not_kept_from_its_owner_by_strangers() -> None:
    who = Guessing()
    for number in range(MOST * ANYWHERE_FACTOR + 1):
        request = Request(address=f"8.8.8.{number}")
        await who.attempts.failed(Attempt("passkey", who.definition, "key", request))
    request = Request(address="1.1.1.1")
    assert await who.attempts.bounded(Attempt("passkey", who.definition, "key", request), _right)


@pytest.mark.parametrize(("address", "is_counted"), [("8.8.8.8", True), ("10.0.0.1", False)])
async def test_one_public_address_tries_so_many_names(address: str, is_counted: bool) -> None:
    who, most = Guessing(), MOST * SITE_FACTOR
    found = await tries(lambda n: who.fails(f"name {n}", address), most)
    assert found == most + (not is_counted)


@pytest.mark.parametrize(("most", "address"), [(0, "8.8.8.8"), (MOST, "9.9.9.77")])
async def test_nothing_is_counted(most: int, address: str) -> None:
    who = Guessing(most)
    assert await tries(lambda _: who.fails("anna", address), 50) == 51


async def test_successes_are_not_counted() -> None:
    who = Guessing()
    for _ in range(MOST * 2):
        assert await who.attempts.bounded(who.attempt("anna", "8.8.8.8"), _right) == "in"
    assert await who.fails("anna", "8.8.8.8")


async def test_guesses_that_are_made_at_once_count_as_if_one_after_the_other() -> None:
    who = Guessing()
    attempt = who.attempt("anna", "8.8.8.8")

    async def right_at_last() -> str:
        for _ in range(MOST):  # those that were asked before this one
            await who.attempts.failed(attempt)
        return "in"

    with pytest.raises(TooMany):
        await who.attempts.bounded(attempt, right_at_last)
