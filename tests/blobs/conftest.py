"""One suite of promises for every store of blobs: each test runs once for each kind.

Tests here are coroutines.
"""

import asyncio
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from holobase.adapters.local_files import Folder
from holobase.adapters.s3 import Bucket
from holobase.ports.blob_store import BlobStore
from tests.s3 import S3Server

OpenBlobs: TypeAlias = Callable[[], BlobStore]
"""Opens the test's store; opened twice, both see the same blobs."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(params=["folder", "s3"])
def open_blobs(request: pytest.FixtureRequest, tmp_path: Path) -> OpenBlobs:
    """Opens an empty store of one kind."""
    if request.param == "folder":
        return lambda: Folder(tmp_path / "storage")
    server: S3Server = request.getfixturevalue("s3")
    place = server.place(server.new_bucket())
    return lambda: Bucket(place)
