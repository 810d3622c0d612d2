"""The records of a foreign collection as values, and what is noticed on the way."""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from holobase.domain.fields import FileField, Value
from holobase.domain.principal import SUPERUSERS
from holobase.engine.moving.plan import Plan, Way
from holobase.engine.moving.values import Loss, decoder
from holobase.ports.foreign import ForeignFolder

INSTALLER: Final = "__pbinstaller@example.com"
"""The superuser that stands for none: PocketBase keeps it until somebody has made a real one."""

REFERENCE: Final = "collectionRef"
"""The field in which system collections name another collection by its id."""

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done and how much there is."""

STEP: Final = 500
"""Records between two looks at the progress, and in one group."""


def records(
    folder: ForeignFolder, way: Way, plan: Plan
) -> Iterator[tuple[dict[str, Value], list[Loss]]]:
    """The values of every record that comes over, by the names of the folder's fields, and what
    they lose. Ids of collections that change are followed."""
    decoders = [(field.name, decoder(field)) for field in way.origin.fields]
    refers = way.source.is_system and REFERENCE in way.origin.field_by_name
    for row in folder.records(way.source.name):
        losses: list[Loss] = []
        values = {name: decode(row.get(name), losses) for name, decode in decoders}
        if refers:
            if values[REFERENCE] in plan.left:
                continue
            values[REFERENCE] = plan.ids.get(values[REFERENCE], values[REFERENCE])
        if way.source.name == SUPERUSERS and values["email"] == INSTALLER:
            continue
        yield values, losses


def survey(folder: ForeignFolder, plan: Plan, progress: Progress) -> None:
    """Reads every record once, before anything is written, and notes in the plan what each loses
    and which files are not there."""
    total = sum(way.records for way in plan.ways if way.is_carried)
    done = 0
    for way in plan.ways:
        if not way.is_carried:
            continue
        files = [field for field in way.origin.fields if isinstance(field, FileField)]
        for values, losses in records(folder, way, plan):
            for loss in losses:
                plan.losses[way.source.name, loss.field, loss.what] += 1
            for field in files:
                for name in field.items(values[field.name]):
                    plan.files += 1
                    if not folder.has_file(way.source.id, values["id"], name):
                        plan.missing_files += 1
            done += 1
            if done % STEP == 0:
                progress("reading", done, total)
    progress("reading", total, total)
