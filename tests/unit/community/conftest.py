"""A living community: the product on a store of its own, two fresh users for every test."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from holobase.adapters.http_client import HttpFetcher
from holobase.adapters.sqlite import SqliteStore
from holobase.community.fixtures import FIXTURES
from holobase.community.identity.permissions import MEMBER, Role
from holobase.community.product import DECLARATIONS, REACTIONS
from holobase.domain.errors import Refusal
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.application import Bounds, assemble
from holobase.engine.expand import parse_expand
from holobase.engine.kernel import Kernel
from holobase.engine.reactions import Reactions
from holobase.engine.reading import PageQuery
from holobase.engine.sealing import Sealer, new_key
from holobase.engine.unit import Unit
from holobase.ports.command import Command
from holobase.runtime.mail import postbox
from holobase.runtime.places import file_tools
from holobase.runtime.settings import Settings
from tests.replay import verified

NOW = 1_790_000_000_000
SUPERUSER = "superuser"


class Community:
    """Acts for the server (`create`, `update`, `delete`), and for people (`try_…`)."""

    def __init__(self, folder: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._numbers = iter(range(100_000))
        self._seen = 0
        self.kernel = Kernel(DECLARATIONS, Reactions(*REACTIONS), Sealer(new_key()), lambda: NOW)
        self._wait(self.kernel.open(lambda settle: SqliteStore.open(folder, settle), FIXTURES))
        self.app = assemble(
            self.kernel,
            HttpFetcher(),
            file_tools(Settings(data=folder)),
            lambda queue, kept: postbox(Settings(data=folder), queue, kept),
            Bounds(hash_threads=1, hash_queue_max=10, comparisons_max=200, failed_logins_max=0),
        )

    def begin(self) -> None:
        """Makes fresh users; facts are counted from here on."""
        self.anna, self.bora = self.person("anna"), self.person("bora")
        self._seen = self._wait(self.kernel.store.log.position())

    def person(self, name: str, *roles: Role) -> str:
        """Signs somebody up and gives the id."""
        number = next(self._numbers)
        return self.create(
            "users",
            name=name,
            username=f"{name}{number}",
            email=f"{name}{number}@holobase.example",
            password="a hash",
            tokenKey=f"{number:030d}",
            roles=[MEMBER.id, *(role.id for role in roles)],
        )

    def create(self, collection: str, /, **values: Any) -> str:
        """Creates a record and gives its id."""
        values = {"id": f"record{next(self._numbers):09d}", **values}
        self._run(lambda unit: unit.create(collection, values))
        return str(values["id"])

    def update(self, collection: str, record_id: str, /, **changes: Any) -> None:
        """Changes a record."""
        self._run(lambda unit: unit.update(collection, record_id, changes))

    def delete(self, collection: str, record_id: str) -> None:
        """Deletes a record with what hangs on it."""
        self._run(lambda unit: unit.delete(collection, record_id))

    def find(self, collection: str, record_id: str) -> Record | None:
        """A record, if there is one."""
        found: Record | None = self._run(lambda unit: unit.find(collection, record_id))
        return found

    def values(self, collection: str, record_id: str) -> dict[str, Any]:
        """The values of a record that must be there."""
        found = self.find(collection, record_id)
        assert found is not None
        return dict(found.values)

    def tag(self, name: str) -> Record | None:
        """A tag by name."""
        found: Record | None = self._run(lambda unit: unit.find_by("tags", "name", name))
        return found

    def points(self, user: str) -> int:
        """Somebody's fan points."""
        return int(self.values("unified_users", user)["fan_points"])

    def facts(self, kind: str) -> int:
        """How many facts of this type have been told since the test began."""
        events = self._wait(self.kernel.store.log.events(self._seen, 10_000))
        return sum(event.type == kind for event in events)

    def try_create(self, who: str, collection: str, /, **body: Any) -> Any:
        """What somebody's create gives: the new values, or why it was refused."""
        definition = self.app.catalogue.get(collection)
        return self._outcome(self.app.writing.create(definition, body, self._request(who)))

    def try_update(self, who: str, collection: str, record_id: str, /, **body: Any) -> Any:
        """What somebody's update gives: the values, or why it was refused."""
        definition = self.app.catalogue.get(collection)
        writing = self.app.writing.update(definition, record_id, body, self._request(who))
        return self._outcome(writing)

    def try_delete(self, who: str, collection: str, record_id: str) -> bool:
        """Whether somebody may delete a record."""
        definition = self.app.catalogue.get(collection)
        try:
            self._wait(self.app.writing.delete(definition, record_id, self._request(who)))
        except Refusal:
            return False
        return True

    def all(self, collection: str, filter: str = "") -> list[dict[str, Any]]:  # noqa: A002
        """The values of the records that the filter leaves, as the server sees them."""
        definition = self.app.catalogue.get(collection)
        query = PageQuery(filter=filter, per_page=500, sort="created,id")
        request = Request(service="test", now=NOW)
        page = self._wait(self.app.reading.page(definition, query, request))
        return [self.values(collection, json.loads(item)["id"]) for item in page.items]

    def listed(self, collection: str, expand: str) -> int:
        """How many records a list with an `expand` shows to the server."""
        definition = self.app.catalogue.get(collection)
        query = PageQuery(expand=parse_expand(expand), per_page=500)
        request = Request(service="test", now=NOW)
        return len(self._wait(self.app.reading.page(definition, query, request)).items)

    def differences(self) -> list[str]:
        """What a replay and a recount of everything so far find wrong."""

        async def replayed() -> list[str]:
            async with self.kernel.store.snapshot() as snapshot:
                report = await verified(snapshot, self.kernel.sealer, list(DECLARATIONS))
                assert report.recounted
                return report.differences

        differences: list[str] = self._wait(replayed())
        return differences

    def sees(self, who: str, collection: str, record_id: str) -> bool:
        """Whether a list shows the record to somebody (`""`: to a guest)."""
        definition = self.app.catalogue.get(collection)
        query = PageQuery(filter=f'id = "{record_id}"')
        page = self._wait(self.app.reading.page(definition, query, self._request(who)))
        return bool(page.items)

    def close(self) -> None:
        """Lets go of the store."""
        self._wait(self.kernel.store.close())

    def _request(self, who: str) -> Request:
        if who == SUPERUSER:
            return Request(service="test", now=NOW)
        return Request(auth=self.find("users", who) if who else None, now=NOW)

    def _outcome(self, writing: Coroutine[Any, Any, Record]) -> Any:
        try:
            return dict(self._wait(writing).values)
        except Refusal as refusal:
            codes = {name: error.code for name, error in refusal.errors.items()}  # type: ignore[union-attr]
            return codes or refusal.reason

    def _run(self, command: Callable[[Unit], Command[Any]]) -> Any:
        return self._wait(self.kernel.run(Request(now=NOW), command))

    def _wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(coroutine)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Community]:
    loop = asyncio.new_event_loop()
    made = Community(tmp_path_factory.mktemp("community"), loop)
    yield made
    made.close()
    loop.close()


@pytest.fixture
def community(settled: Community) -> Community:
    settled.begin()
    return settled
