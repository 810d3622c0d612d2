"""Work that a change of definitions overtakes between its preparing and its turn."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from holobase.domain.errors import DefinitionsChanged, Invalid, NotFound
from holobase.domain.principal import Request
from holobase.engine.application import Application
from holobase.engine.catalogue import Definition
from holobase.engine.reading import PageQuery
from holobase.ports.command import Command
from tests.wire.inside import Inside, inside

REQUEST = Request(now=1)
FIELDS: list[dict[str, Any]] = [
    {"id": "a", "name": "a", "type": "text"},
    {"id": "tags", "name": "tags", "type": "select", "values": ["x", "y"], "maxSelect": 1},
]
RENAMED = [{**FIELDS[0], "name": "b"}, {**FIELDS[1], "maxSelect": 2}]


async def _collection(application: Application, name: str, **body: Any) -> Definition:
    sent = {"name": name, "fields": FIELDS, "createRule": "", "listRule": "", **body}
    made = await application.collections.create(sent, REQUEST)
    return application.catalogue.get(made.id)


async def _behind(application: Application, *work: Callable[[], Awaitable[Any]]) -> list[Any]:
    """Starts all work while the writer is held up, in order, so that it is prepared under the
    definitions of now; then lets the writer go on. What each came to."""
    entered, released = threading.Event(), threading.Event()

    def hold() -> Command[None]:
        entered.set()
        released.wait(10)
        yield from ()

    store = application.kernel.store
    submit, submitted = store.submit, asyncio.Semaphore(0)

    def noted(command: Any) -> Any:
        submitted.release()
        return submit(command)

    holding = asyncio.create_task(store.submit(hold))
    await asyncio.to_thread(entered.wait, 10)
    waiting: list[asyncio.Future[Any]] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store, "submit", noted)
        for each in work:
            waiting.append(asyncio.ensure_future(each()))
            await submitted.acquire()  # judging a definition takes a thread its time
        released.set()
        await holding
        return await asyncio.gather(*waiting, return_exceptions=True)


def _run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    steps: Callable[[Inside], Awaitable[None]],
) -> None:
    async def opened() -> None:
        async with inside(tmp_path, monkeypatch) as made:
            await steps(made)

    asyncio.run(opened())


def test_a_write_behind_a_change_is_prepared_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(made: Inside) -> None:
        application = made.application
        definition = await _collection(application, "things")
        change, record = await _behind(
            application,
            lambda: application.collections.update(definition, {"fields": RENAMED}, REQUEST),
            lambda: application.writing.create(
                definition, {"a": "old", "b": "new", "tags": "x"}, REQUEST
            ),
        )
        assert [field.name for field in change.fields] == ["id", "b", "tags"]
        assert (record.values["b"], record.values["tags"]) == ("new", ["x"])
        shown = await application.kernel.steadily(
            definition, lambda current: application.reading.show(current, record, REQUEST)
        )
        assert shown["collectionName"] == "things"

    _run(tmp_path, monkeypatch, steps)


def test_a_stricter_rule_holds_for_what_was_prepared_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(made: Inside) -> None:
        application = made.application
        definition = await _collection(application, "things")
        _, refused = await _behind(
            application,
            lambda: application.collections.update(definition, {"createRule": None}, REQUEST),
            lambda: application.writing.create(definition, {"a": "x"}, REQUEST),
        )
        assert type(refused).__name__ == "Forbidden"

    _run(tmp_path, monkeypatch, steps)


def test_a_write_to_a_collection_that_goes_meets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(made: Inside) -> None:
        application = made.application
        definition = await _collection(application, "things")
        _, refused = await _behind(
            application,
            lambda: application.collections.delete(definition, REQUEST),
            lambda: application.writing.create(definition, {"a": "x"}, REQUEST),
        )
        assert isinstance(refused, NotFound)

    _run(tmp_path, monkeypatch, steps)


def test_of_two_changes_the_second_is_judged_after_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(made: Inside) -> None:
        application = made.application
        first = await _collection(application, "first")
        second = await _collection(application, "second")
        renamed, refused = await _behind(
            application,
            lambda: application.collections.update(first, {"name": "same"}, REQUEST),
            lambda: application.collections.update(second, {"name": "SAME"}, REQUEST),
        )
        assert renamed.name == "same"
        assert isinstance(refused, Invalid)
        one, two = await _behind(
            application,
            lambda: application.collections.update(second, {"listRule": "a = 'x'"}, REQUEST),
            lambda: application.collections.update(second, {"viewRule": "a = 'y'"}, REQUEST),
        )
        assert (one.view_rule, two.list_rule, two.view_rule) == (None, "a = 'x'", "a = 'y'")

    _run(tmp_path, monkeypatch, steps)


def test_a_draft_says_that_it_is_out_of_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(made: Inside) -> None:
        application = made.application
        definition = await _collection(application, "things")
        draft = await application.writing.draft_create(definition, {"a": "x"}, REQUEST)
        await _collection(application, "another")
        with pytest.raises(DefinitionsChanged):
            await application.kernel.run(REQUEST, draft.command)

    _run(tmp_path, monkeypatch, steps)


def test_a_page_that_is_read_with_an_old_definition_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(made: Inside) -> None:
        application = made.application
        kernel, reading = application.kernel, application.reading
        definition = await _collection(application, "things")
        await application.writing.create(definition, {"a": "x", "tags": "y"}, REQUEST)
        await application.collections.update(
            definition, {"name": "others", "fields": RENAMED}, REQUEST
        )
        query = PageQuery(filter="b = 'x'", skip_total=True)
        page = await kernel.steadily(
            definition, lambda current: reading.page(current, query, REQUEST)
        )
        assert b'"b":"x"' in page.items[0]
        assert b'"tags":["y"]' in page.items[0]

    _run(tmp_path, monkeypatch, steps)
