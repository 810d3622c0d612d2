"""Hashing is dear: a write that is refused costs none, a login always costs one comparison."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from holobase.domain.errors import Invalid, NotFound, Refusal, Unavailable
from holobase.domain.principal import Request
from holobase.engine.accounts import hashing
from tests.wire.inside import ACCOUNT, Inside, inside

Steps = Callable[[Inside], Awaitable[None]]
NEW = {"password": "password124", "passwordConfirm": "password124"}


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Steps], None]:
    """Runs steps on a fresh application."""

    def run(steps: Steps) -> None:
        async def all_of_it() -> None:
            async with inside(tmp_path, monkeypatch) as made:
                await steps(made)

        asyncio.run(all_of_it())

    return run


async def _refused(work: Awaitable[Any], kind: type[Refusal] = Invalid) -> set[str]:
    with pytest.raises(kind) as caught:
        await work
    return set(caught.value.errors)


def test_a_sign_up_costs_one_hash(on: Callable[[Steps], None]) -> None:
    async def steps(made: Inside) -> None:
        await made.create()
        assert made.hashed == [ACCOUNT["password"]]

    on(steps)


def test_a_refused_sign_up_costs_none(on: Callable[[Steps], None]) -> None:
    async def steps(made: Inside) -> None:
        await made.create()
        made.hashed.clear()
        other: dict[str, Any] = {"username": "bora", "email": "bora@example.com"}
        for changes, names in [
            ({**other, "email": ACCOUNT["email"]}, {"email"}),
            ({**other, "username": ACCOUNT["username"]}, {"username"}),
            ({**other, "email": "nobody"}, {"email"}),
            ({**other, "passwordConfirm": "other"}, {"passwordConfirm"}),
            ({**other, "password": "short", "passwordConfirm": "short"}, {"password"}),
            ({**other, "locale": "xx"}, {"locale"}),
        ]:
            assert await _refused(made.create(**changes)) == names
        assert made.hashed == []
        await made.create(**other)
        assert len(made.hashed) == 1

    on(steps)


def test_a_refused_change_costs_no_hash_and_a_stranger_no_comparison(
    on: Callable[[Steps], None],
) -> None:
    async def steps(made: Inside) -> None:
        anna = await made.create()
        bora = await made.create(username="bora", email="bora@example.com")
        made.hashed.clear()
        old = {"oldPassword": ACCOUNT["password"]}
        await _refused(made.update(anna.id, Request(auth=bora), **old, **NEW), NotFound)
        await _refused(made.update("nope", Request(auth=bora), **old, **NEW), NotFound)
        assert made.compared == []
        mine = Request(auth=anna)
        assert await _refused(made.update(anna.id, mine, **NEW)) == {"oldPassword"}
        assert made.compared == []
        wrong = {"oldPassword": "wrong"}
        assert await _refused(made.update(anna.id, mine, **wrong, **NEW)) == {"oldPassword"}
        assert await _refused(made.update(anna.id, mine, **old, **NEW, locale="xx")) == {"locale"}
        assert made.hashed == []
        changed = await made.update(anna.id, mine, **old, **NEW)
        assert made.hashed == [NEW["password"]]
        assert changed.values["password"] != anna.values["password"]
        assert changed.values["tokenKey"] != anna.values["tokenKey"]

    on(steps)


def test_every_login_costs_one_comparison(on: Callable[[Steps], None]) -> None:
    async def steps(made: Inside) -> None:
        users = made.application.catalogue.get("users")
        await made.create()
        for identity in ("anna", "nobody", "nobody@example.com"):
            made.compared.clear()
            body = {"identity": identity, "password": "wrong"}
            await _refused(made.application.login.with_password(users, body, Request()), Refusal)
            assert len(made.compared) == 1

    on(steps)


def test_nobodys_hash_matches_nothing_at_the_same_cost(on: Callable[[Steps], None]) -> None:
    async def steps(made: Inside) -> None:
        passwords = made.application.passwords
        for cost in (0, 4, 10):
            for plain in ("", "nobody", "password123", "x" * 100):
                assert await passwords.verify(plain, "", cost) is False

    on(steps)


def test_a_hash_that_was_not_made_is_never_stored(on: Callable[[Steps], None]) -> None:
    async def steps(made: Inside) -> None:
        users = made.application.catalogue.get("users")
        with pytest.raises(hashing.Unprepared):
            hashing.refuse_pending(users, {"password": hashing.PENDING})
        hashing.refuse_pending(users, {"password": "$2a$10$anything"})

    on(steps)


def test_too_many_passwords_at_once_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps() -> None:
        async with inside(tmp_path, monkeypatch) as made:
            passwords = made.application.passwords
            monkeypatch.setattr(passwords, "_waiting_max", 1)
            first, second = await asyncio.gather(
                passwords.verify("a", ""), passwords.verify("b", ""), return_exceptions=True
            )
            assert first is False and isinstance(second, Unavailable)

    asyncio.run(steps())
