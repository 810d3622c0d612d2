"""Demo data: the steps of `community.seed`, sent through the same commands that clients use."""

import asyncio
import io
import zlib
from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

from holobase.community.seed import DEMO_ACCOUNTS, Step, artwork, count, plan
from holobase.domain.errors import BadRequest
from holobase.domain.fields import PasswordField
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.accounts.passwords import Passwords
from holobase.engine.application import Application
from holobase.engine.files.uploads import SentFile
from holobase.engine.reading import PageQuery
from holobase.engine.writing import Writing

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done and how much there is."""

DAY_MS = 86_400_000
STEPS_IN_FLIGHT_MAX = 200
"""Steps on the way at once: enough to share commits, few enough to show progress."""

SERVICE = "seed"

CARDS = "unified_cards"
PICTURES_IN_FLIGHT_MAX = 50
"""Pictures that are stored at once: enough to share commits."""

NAME_RANDOM = 10
"""Characters of a card's id in the name of its picture: no two cards share a picture's name, and a
seed gives the same names each time."""


async def is_empty(application: Application) -> bool:
    """Whether nobody has signed up yet."""
    users = application.catalogue.get("users")
    request = Request(now=application.kernel.clock(), service=SERVICE)
    page = await application.reading.page(users, PageQuery(per_page=1), request)
    return not page.items


async def seed_demo(
    application: Application, scale: int, seed: int, progress: Progress
) -> dict[str, int]:
    """Fills an empty instance; how many records each collection got.

    The same seed gives the same records; their dates end at the last midnight (UTC). Raises
    BadRequest where somebody has signed up already.
    """
    if not await is_empty(application):
        raise BadRequest("not_empty")
    until = application.kernel.clock() // DAY_MS * DAY_MS
    total = sum(count(scale).values())
    seeder = _Seeder(application)
    await seeder.prepare()
    for done, step in enumerate(plan(scale, seed, until), start=1):
        await seeder.send(step)
        progress("demo data", done, total)
    await seeder.drain()
    await seeder.paint(progress)
    return dict(seeder.created)


class _KnownPasswords(Passwords):
    """Hashes each text once: all demo accounts have the same password."""

    def __init__(self) -> None:
        super().__init__(threads=1, waiting_max=1)
        self._hashes: dict[str, str] = {}

    async def hash(self, plain: str, field: PasswordField) -> str:
        if plain not in self._hashes:
            self._hashes[plain] = await super().hash(plain, field)
        return self._hashes[plain]


class _Seeder:
    """Sends steps in order, many on the way at once, so that they share commits."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._passwords = _KnownPasswords()
        self._writing = Writing(
            application.kernel,
            application.rules,
            self._passwords,
            application.principals,
            application.permissions,
            application.keeper,
            application.attempts,
        )
        self._actors: dict[str, Record] = {}
        self._tasks: list[asyncio.Task[Record]] = []
        self._cards: list[Step] = []
        self.created: Counter[str] = Counter()

    async def prepare(self) -> None:
        """Hashes the demo password, so that no step has to wait and lose its place."""
        field = self._application.catalogue.get("users").collection.field_by_name["password"]
        if isinstance(field, PasswordField):
            await self._passwords.hash(DEMO_ACCOUNTS[0].password, field)

    async def send(self, step: Step) -> None:
        """Sends one step; it runs after all steps before it."""
        actor = await self._actor(step.actor) if step.actor else None
        request = Request(auth=actor, method="SEED", now=step.at, service="" if actor else SERVICE)
        definition = self._application.catalogue.get(step.collection)
        if step.verb == "create":
            draft = await self._writing.draft_create(definition, step.body, request)
            self.created[step.collection] += 1
            if step.collection == CARDS:
                self._cards.append(step)
        else:
            changes = {name: value for name, value in step.body.items() if name != "id"}
            draft = await self._writing.draft_update(definition, step.body["id"], changes, request)
        self._tasks.append(asyncio.create_task(self._writing.run(draft)))
        if len(self._tasks) >= STEPS_IN_FLIGHT_MAX:
            await self.drain()
        else:
            await asyncio.sleep(0)  # lets the step queue up before the next one

    async def drain(self) -> None:
        """Waits for everything sent so far; raises what the first failed step raised."""
        tasks, self._tasks = self._tasks, []
        await asyncio.gather(*tasks)

    async def paint(self, progress: Progress) -> None:
        """Gives every card a picture. They come last, because storing one takes its time."""
        for done, step in enumerate(self._cards, start=1):
            self._tasks.append(asyncio.create_task(self._paint(step)))
            if len(self._tasks) >= PICTURES_IN_FLIGHT_MAX:
                await self.drain()
                progress("pictures", done, len(self._cards))
        await self.drain()

    async def _paint(self, step: Step) -> Record:
        rarity, chance = step.body["photocard_rarity"], zlib.crc32(step.body["id"].encode())
        design = chance % artwork.DESIGNS
        picture = await asyncio.to_thread(artwork.draw, design, rarity)
        name = f"{rarity}_{design}_{step.body['id'][:NAME_RANDOM]}.jpg"
        sent = SentFile("card.jpg", io.BytesIO(picture), len(picture), name)
        definition = self._application.catalogue.get(CARDS)
        request = Request(method="SEED", now=step.at, service=SERVICE)
        draft = await self._writing.draft_update(
            definition, step.body["id"], {}, request, files={"holographic_image": [sent]}
        )
        return await self._writing.run(draft)

    async def _actor(self, user_id: str) -> Record:
        if user_id not in self._actors:
            users = self._application.catalogue.get("users")
            record = await self._application.principals.load(users, user_id)
            if record is None:
                await self.drain()
                record = await self._application.principals.load(users, user_id)
            if record is None:
                raise LookupError(f"a step is by {user_id}, who has not signed up")
            self._actors[user_id] = record
        return self._actors[user_id]
