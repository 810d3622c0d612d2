"""One suite of promises for every store: each test runs once for each kind in `KINDS`.

Tests here are coroutines. They open stores themselves, `async with open_store() as store`, because
a store belongs to a running event loop.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from holobase.adapters.sqlite import SqliteStore
from holobase.ports.store import Settle, Store
from tests.stores.notes import settle_nothing

OpenStore: TypeAlias = Callable[..., AbstractAsyncContextManager[Store]]
"""Opens the test's store, given what settles its groups. Opened twice, both share the data."""

KINDS: dict[str, Callable[[Path, Settle], Awaitable[Store]]] = {"sqlite": SqliteStore.open}


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(params=sorted(KINDS))
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    make = KINDS[request.param]

    @asynccontextmanager
    async def opened(settle: Settle = settle_nothing, name: str = "data") -> AsyncIterator[Store]:
        store = await make(tmp_path / name, settle)
        try:
            yield store
        finally:
            await store.close()

    return opened
