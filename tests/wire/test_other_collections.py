"""Collections made at run time have the reference's limits; our own have wider ones."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from holobase.domain.errors import BadRequest, Invalid, Unavailable
from holobase.domain.principal import Request
from holobase.engine import access
from holobase.engine.catalogue import Definition
from holobase.engine.definitions import define
from holobase.engine.reading import PageQuery
from tests.wire.inside import ACCOUNT, Inside, inside


async def _made_at_run_time(made: Inside) -> None:
    roles = made.application.catalogue.get("roles").collection
    other = msgspec.structs.replace(roles, id="pbc_1", name="others", indexes=())
    kernel = made.application.kernel
    await kernel.run(kernel.service_request("test"), lambda unit: define(unit, None, other))
    kernel.catalogue.replace(kernel.store.definitions())


def test_filters_over_them_are_shorter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps() -> None:
        async with inside(tmp_path, monkeypatch) as made:
            await _made_at_run_time(made)
            reading, catalogue = made.application.reading, made.application.catalogue
            long = f"name = '{'x' * 3_489}' "
            assert len(long) == 3_500 - 1
            many = "||".join(["id=1"] * 200)
            for text, fits in [
                (long + " ", True),
                (long + "  ", False),
                (many, True),
                (many + "||id=1", False),
            ]:
                query = PageQuery(filter=text)
                await reading.page(catalogue.get("roles"), query, Request(now=1))
                try:
                    await reading.page(catalogue.get("others"), query, Request(now=1))
                    assert fits, len(text)
                except BadRequest:
                    assert not fits, len(text)

    asyncio.run(steps())


def test_a_long_filter_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps() -> None:
        async with inside(tmp_path, monkeypatch) as made:
            reading = made.application.reading
            cards = made.application.catalogue.get("unified_cards")
            terms = [f"community_creator.username = '{number}'" for number in range(400)]
            query = PageQuery(filter=" || ".join(terms))
            long = asyncio.create_task(reading.page(cards, query, Request(now=1)))
            turns = 0
            while not long.done():
                await asyncio.sleep(0.001)
                turns += 1
            assert (await long).total_items == 0
            assert turns > 5

    asyncio.run(steps())


def test_too_many_long_filters_at_once_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps() -> None:
        async with inside(tmp_path, monkeypatch) as made:
            monkeypatch.setattr(access, "ASIDE_MAX", 1)
            reading, roles = made.application.reading, made.application.catalogue.get("roles")
            queries = [PageQuery(filter=f"{'id = 1 || ' * 200}id = {end}") for end in (1, 2)]
            pages = [reading.page(roles, query, Request(now=1)) for query in queries]
            first, second = await asyncio.gather(*pages, return_exceptions=True)
            assert not isinstance(first, BaseException)
            assert isinstance(second, Unavailable)

    asyncio.run(steps())


async def _members(made: Inside, create_rule: str) -> Definition:
    users = made.application.catalogue.get("users").collection
    assert users.auth is not None
    other = msgspec.structs.replace(
        users,
        id="pbc_2",
        name="members",
        indexes=(),
        create_rule=create_rule,
        update_rule="",
        view_rule="",
        auth=msgspec.structs.replace(users.auth, manage_rule="@request.auth.id != ''"),
    )
    kernel = made.application.kernel
    await kernel.run(kernel.service_request("test"), lambda unit: define(unit, None, other))
    kernel.catalogue.replace(kernel.store.definitions())
    return kernel.catalogue.get("members")


def test_nobody_is_verified_before_they_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps() -> None:
        async with inside(tmp_path, monkeypatch) as made:
            members = await _members(made, "verified = true")
            with pytest.raises(BadRequest):
                body = {**ACCOUNT, "verified": True}
                await made.application.writing.create(members, body, Request())

    asyncio.run(steps())


def test_who_manages_accounts_may_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps() -> None:
        async with inside(tmp_path, monkeypatch) as made:
            members = await _members(made, "")
            writing, reading = made.application.writing, made.application.reading
            manager = Request(auth=await made.create())
            body = {**ACCOUNT, "verified": True}
            with pytest.raises(Invalid):
                await writing.create(members, body, Request())
            member = await writing.create(members, body, manager)
            changes = {"email": "new@example.com", "verified": False}
            with pytest.raises(Invalid):
                await writing.update(members, member.id, changes, Request())
            await writing.update(members, member.id, changes, manager)
            password = {"password": "password124", "passwordConfirm": "password124"}
            with pytest.raises(Invalid):
                await writing.update(members, member.id, password, Request())
            await writing.update(members, member.id, password, manager)
            assert made.compared == []
            assert b"new@example.com" in (await reading.view(members, member.id, manager))[0]
            assert b"new@example.com" not in (await reading.view(members, member.id, Request()))[0]
            page = await reading.page(members, PageQuery(), manager)
            assert b"new@example.com" in page.items[0]

    asyncio.run(steps())
