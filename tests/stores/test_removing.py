"""Deleting what others hang on: who goes along is asked for many records at once, and ends as if it
had been asked for one after the other."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from holobase.domain.declaration import declare, integer, relation, text
from holobase.domain.derived import Count
from holobase.domain.errors import BadRequest
from holobase.domain.principal import Request
from holobase.engine.kernel import Kernel
from holobase.engine.reactions import Applied, Reactions, ScopedUnit, react
from holobase.engine.referrers import Referrers
from holobase.engine.unit import Unit
from holobase.ports import command
from holobase.ports.command import Command, Gather, RowChange
from tests.replay import verified
from tests.stores.conftest import OpenStore
from tests.stores.kernels import SEALER, giving
from tests.stores.notes import NOW

WORLDS = 10
"""Random worlds, each with one deletion."""

DECLARATIONS = (
    declare("places", integer("boxes", derived=Count(of="boxes", by="place")), owner="t", rules={}),
    declare(
        "boxes",
        relation("place", "places", cascade_delete=True),
        relation("inside", "boxes", cascade_delete=True),
        relation("beside", "boxes"),
        integer("things", derived=Count(of="things", by="boxes")),
        owner="t",
        rules={},
        indexes=("place",),
    ),
    declare(
        "things",
        relation("boxes", "boxes", cascade_delete=True, max_select=3),
        relation("like", "things", max_select=3),
        owner="t",
        rules={},
    ),
    declare(
        "labels",
        relation("thing", "things", cascade_delete=True),
        relation("box", "boxes"),
        text("said"),
        owner="t",
        rules={},
    ),
    declare("locks", relation("thing", "things", required=True), owner="t", rules={}),
)


def lament(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """A thing that goes leaves a label on a box that is still there, and may be about to go."""
    assert isinstance(cause.change, RowChange)
    world, _, number = cause.change.id.partition("t")
    for box in ("b7", "b6", "b5", "b4"):
        if (yield from unit.find("boxes", world + box)) is not None:
            label = {"id": f"{world}lament{number}", "box": world + box, "said": "gone"}
            yield from unit.create("labels", label, cause)
            return


REACTIONS = Reactions(
    react(lament, "things.deleted", owner="t", reads=("boxes",), writes=("labels",))
)


@asynccontextmanager
async def opened(open_store: OpenStore, name: str) -> AsyncIterator[Kernel]:
    kernel = Kernel(DECLARATIONS, REACTIONS, SEALER, lambda: NOW)
    async with open_store(kernel.settle, name=name) as store:
        await kernel.open(giving(store), ())
        yield kernel


def fill(world: str, seed: int, unit: Unit) -> Command[None]:
    """Two places, boxes in them and in each other, and things, labels and a lock or none."""
    chance = random.Random(seed)
    boxes: list[str] = []
    for place in range(2):
        yield from unit.create("places", {"id": f"{world}p{place}"})
    for number in range(8):
        box = {"id": f"{world}b{number}", "place": f"{world}p{chance.randrange(2)}"}
        if boxes and chance.random() < 0.6:
            box |= {"place": "", "inside": chance.choice(boxes), "beside": chance.choice(boxes)}
        yield from unit.create("boxes", box)
        boxes.append(box["id"])
    things: list[str] = []
    for number in range(10):
        thing = {"id": f"{world}t{number}", "boxes": chance.sample(boxes, chance.randrange(3))}
        like = chance.sample(things, min(len(things), 2))
        yield from unit.create("things", {**thing, "like": like})
        things.append(str(thing["id"]))
    for number in range(12):
        label = {"id": f"{world}l{number}", "box": chance.choice(boxes)}
        yield from unit.create("labels", {**label, "thing": chance.choice(things)})
    if seed % 4 == 3:
        yield from unit.create("locks", {"id": f"{world}k", "thing": chance.choice(things)})


def ring(world: str, unit: Unit) -> Command[None]:
    """Has the first box lie inside the last one, which may lie inside of it."""
    yield from unit.update("boxes", f"{world}b0", {"inside": f"{world}b7"})


async def run(kernel: Kernel, *seeds: int) -> list[str]:
    """Makes the worlds and deletes the first place of each; what became of that."""
    outcomes = []
    for seed in seeds:
        world, request = f"w{seed}", Request(now=NOW, service="t")
        await kernel.run(request, partial(fill, world, seed))
        if seed % 3 == 0:
            await kernel.run(request, partial(ring, world))
        try:
            await kernel.run(request, lambda unit, w=world: unit.delete("places", f"{w}p0"))  # type: ignore[misc]
            outcomes.append("gone")
        except BadRequest as refusal:
            outcomes.append(refusal.reason)
    return outcomes


async def told(kernel: Kernel) -> list[tuple[object, ...]]:
    """All events in order, the place of its cause instead of the random id."""
    events = await kernel.store.log.events(0, 100_000)
    places = {event.id: event.position for event in events}
    return [
        (e.stream, e.version, e.type, e.data, e.causation_id and places[e.causation_id])
        for e in events
    ]


def ask_one_by_one(patch: pytest.MonkeyPatch) -> None:
    """Has everything asked when its turn comes, and again before it is touched."""

    def nothing(_: Referrers, *__: object) -> Command[None]:
        return
        yield

    patch.setattr(Referrers, "foresee", nothing)
    patch.setattr(Unit, "_current", lambda _, collection, found: command.load(collection, found.id))


async def test_many_asked_for_at_once_end_as_one_by_one(open_store: OpenStore) -> None:
    async with opened(open_store, "together") as kernel:
        outcomes = await run(kernel, *range(WORLDS))
        together = await told(kernel)
        async with kernel.store.snapshot() as snapshot:
            report = await verified(snapshot, SEALER, list(DECLARATIONS))
        assert report.differences == []
    with pytest.MonkeyPatch.context() as patch:
        ask_one_by_one(patch)
        async with opened(open_store, "single") as kernel:
            assert await run(kernel, *range(WORLDS)) == outcomes
            assert await told(kernel) == together
    assert set(outcomes) == {"gone", "delete_required_relation"}
    deleted = [event[2] for event in together if str(event[2]).endswith(".deleted")]
    assert {"boxes.deleted", "things.deleted", "labels.deleted"} <= set(deleted)
    assert any(event[2] == "labels.created" and event[4] for event in together)


async def test_a_deletion_that_is_refused_in_the_middle_leaves_nothing(
    open_store: OpenStore,
) -> None:
    def fill_locked(unit: Unit) -> Command[None]:
        yield from unit.create("places", {"id": "p"})
        for number in range(4):
            yield from unit.create("boxes", {"id": f"b{number}", "place": "p"})
            yield from unit.create("things", {"id": f"t{number}", "boxes": [f"b{number}"]})
        yield from unit.create("locks", {"id": "k", "thing": "t2"})

    request = Request(now=NOW, service="t")
    async with opened(open_store, "data") as kernel:
        await kernel.run(request, fill_locked)
        before = await told(kernel)
        with pytest.raises(BadRequest, match="delete_required_relation"):
            await kernel.run(request, lambda unit: unit.delete("places", "p"))
        assert await told(kernel) == before
        place = await kernel.run(request, lambda unit: unit.find("places", "p"))
        assert place is not None and place.values["boxes"] == 4


async def test_the_referrers_of_many_are_one_question(open_store: OpenStore) -> None:
    asked: list[object] = []

    def fill_boxes(unit: Unit) -> Command[None]:
        yield from unit.create("places", {"id": "p"})
        for number in range(30):
            yield from unit.create("boxes", {"id": f"b{number:02}", "place": "p"})

    def watched(unit: Unit) -> Command[None]:
        deleting = unit.delete("places", "p")
        answer = None
        try:
            while True:
                question = deleting.send(answer)
                asked.append(question)
                answer = yield question
        except StopIteration:
            return

    async with opened(open_store, "data") as kernel:
        await kernel.run(Request(now=NOW, service="t"), fill_boxes)
        await kernel.run(Request(now=NOW, service="t"), watched)
    kinds = [type(each).__name__ for each in asked]
    assert kinds.count("Gather") == 1 and kinds.count("Load") == 1
    assert [len(each.questions) for each in asked if isinstance(each, Gather)] == [30 * 4]
    assert kinds.count("Append") == 31
