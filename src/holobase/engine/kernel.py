"""One service's engine: a store with its definitions, and the units its commands work with."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TypeVar

from holobase.domain.declaration import Declaration
from holobase.domain.errors import DefinitionsChanged
from holobase.domain.event import DEFINITIONS, Event, stream_of
from holobase.domain.principal import Request
from holobase.engine import fixtures
from holobase.engine.catalogue import Catalogue, Definition
from holobase.engine.collections import views
from holobase.engine.definitions import define, from_event, reconcile
from holobase.engine.derive import Derivation
from holobase.engine.fixtures import Fixture
from holobase.engine.reactions import Reactions
from holobase.engine.sealing import Sealer
from holobase.engine.steady import steadily, steady
from holobase.engine.unit import Unit
from holobase.ports import command as questions
from holobase.ports.clock import Clock
from holobase.ports.command import Applied, Command
from holobase.ports.store import Settle, Store

T = TypeVar("T")

STARTUP = "startup"


class Kernel:
    """Ties the parts together; `open` must run before anything is asked."""

    def __init__(
        self,
        declarations: Iterable[Declaration],
        reactions: Reactions,
        sealer: Sealer,
        clock: Clock,
    ) -> None:
        self.catalogue = Catalogue(declarations)
        self.derivation = Derivation(self.catalogue)
        self.reactions = reactions
        self.sealer = sealer
        self.clock = clock
        self.store: Store

    async def open(
        self, make_store: Callable[[Settle], Awaitable[Store]], held: Iterable[Fixture]
    ) -> None:
        """Opens the store, brings its definitions up to the declared ones, adds what must exist.

        Raises DamagedData where stored data cannot be served by this program, or with this key.
        """
        self.store = await make_store(self.settle)
        self.catalogue.replace(self.store.definitions())
        await self._check_key()
        self.store.subscribe(self._on_events)
        created = await self._define_all()
        await self._follow_with_views()
        for fixture in held:
            if fixture.collection in created:
                request = self.service_request(STARTUP)
                await self.run(request, partial(fixtures.add, fixture=fixture))
            elif fixture.follows:
                await self._bring_up(fixture)

    def unit(self, request: Request) -> Unit:
        """The context of one command."""
        catalogue = self.catalogue
        return Unit(catalogue, self.sealer, self.reactions, request, catalogue.revisions)

    def service_request(self, service: str) -> Request:
        """A request of the server itself, now."""
        return Request(now=self.clock(), service=service)

    async def run(self, request: Request, command: Callable[[Unit], Command[T]]) -> T:
        """Runs a command for a request, under the definitions in force.

        Raises DefinitionsChanged where the command was prepared under others (see `steadily`).
        """
        if not request.now:
            request = request.but(now=self.clock())

        async def attempt() -> T:
            unit = self.unit(request)
            return await self.store.submit(lambda: _checked(unit, command))

        return await steady(self.catalogue, self.store, attempt)

    async def steadily(
        self, definition: Definition, attempt: Callable[[Definition], Awaitable[T]]
    ) -> T:
        """As `steady.steadily`, with the parts of this kernel."""
        return await steadily(self.catalogue, self.store, definition, attempt)

    def settle(self, applied: list[Applied]) -> Command[None]:
        """Keeps the derived fields at the end of every group."""
        moment = max((change.event.at for change in applied), default=0)
        unit = self.unit(Request(now=moment, service="derivation"))
        return self.derivation.settle(unit, applied)

    async def _check_key(self) -> None:
        """Opens one sealed definition: a wrong key must be known before anything is written."""
        for definition in self.catalogue:
            if definition.collection.is_auth:
                stream = stream_of(DEFINITIONS, definition.collection.id)
                event = (await self.store.log.stream(stream))[-1]
                from_event(event.data, event.sealed, stream, event.type, self.sealer)
                return

    async def _define_all(self) -> set[str]:
        """Brings every definition up to its declaration; names of the collections made."""
        created: set[str] = set()
        for declaration in self.catalogue.declarations.values():
            if await self._define(declaration):
                created.add(declaration.name)
        return created

    async def _define(self, declaration: Declaration) -> bool:
        before = self.catalogue.find(declaration.collection.id)
        wanted = reconcile(declaration, before.collection if before else None)
        if wanted is None:
            return False
        try:
            await self.run(self.service_request(STARTUP), lambda unit: define(unit, before, wanted))
        except Exception:
            # Another process that started at the same moment may have done it.
            self.catalogue.replace(self.store.definitions())
            found = self.catalogue.find(declaration.collection.id)
            if found is None or reconcile(declaration, found.collection) is not None:
                raise
            return False
        self.catalogue.replace(self.store.definitions())
        return before is None

    async def _follow_with_views(self) -> None:
        """Defines the views anew that read what has been declared anew."""
        for view in views.followed(self.catalogue.schema):
            before = self.catalogue.by_id(view.id)
            request = self.service_request(STARTUP)
            await self.run(request, lambda unit, b=before, v=view: define(unit, b, v))  # type: ignore[misc]
            self.catalogue.replace(self.store.definitions())

    async def _bring_up(self, fixture: Fixture) -> None:
        """Has a record follow the program, unless somebody else has changed it."""
        request = self.service_request(STARTUP)
        log, program = self.store.log, request.actor
        version = await fixtures.version_behind(fixture, self.catalogue, log, program)
        if version is not None:
            bringing = partial(fixtures.bring_up, fixture=fixture, version=version)
            await self.run(request, bringing)

    def _on_events(self, events: list[Event]) -> None:
        if any(event.collection == DEFINITIONS for event in events):
            self.catalogue.replace(self.store.definitions())


def _checked(unit: Unit, command: Callable[[Unit], Command[T]]) -> Command[T]:
    """The command, refused where other definitions are in force than its unit knows."""
    if (yield from questions.revisions()) != unit.revisions:
        raise DefinitionsChanged("a collection was defined anew")
    return (yield from command(unit))
