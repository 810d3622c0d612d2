"""One suite of promises for every store: each test runs once for each kind in `KINDS`.

Tests here are coroutines. They open stores themselves, `async with open_store() as store`, because
a store belongs to a running event loop.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from holobase.adapters.postgres import PostgresStore
from holobase.adapters.sqlite import SqliteStore
from holobase.ports.store import Settle, Store
from tests import postgres
from tests.stores.notes import settle_nothing

OpenStore: TypeAlias = Callable[..., AbstractAsyncContextManager[Store]]
"""Opens the test's store, given what settles its groups. Opened twice, both share the data."""

Places: TypeAlias = Callable[[str], Path | str]
"""Where the store of a name is: a folder or an address, the same one for the same name."""

KINDS: dict[str, Callable[[Any, Settle], Awaitable[Store]]] = {
    "sqlite": lambda place, settle: SqliteStore.open(Path(place), settle),
    "postgres": PostgresStore.open,
}


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    """Which store a test is about."""
    return str(request.param)


@pytest.fixture
def schemas(request: pytest.FixtureRequest) -> Iterator[Places]:
    """Addresses of schemas of this test's own, by name."""
    urls = {"data": str(request.getfixturevalue("postgres_url"))}
    with ExitStack() as opened:

        def url(name: str) -> str:
            if name not in urls:
                urls[name] = opened.enter_context(postgres.fresh_url())
            return urls[name]

        yield url


@pytest.fixture
def places(kind: str, request: pytest.FixtureRequest) -> Places:
    """Where the stores of a test are."""
    if kind == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        return folder.joinpath
    found: Places = request.getfixturevalue("schemas")
    return found


@pytest.fixture
def open_store(kind: str, places: Places) -> OpenStore:
    @asynccontextmanager
    async def opened(settle: Settle = settle_nothing, name: str = "data") -> AsyncIterator[Store]:
        store = await KINDS[kind](places(name), settle)
        try:
            yield store
        finally:
            await store.close()

    return opened
