"""What an import would do, worked out before anything is written: and why something cannot be done.

A name that is taken is never resolved by itself: somebody says whether the collection is renamed,
joined with the one that is here, or left behind.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from holobase.domain.collection import Collection, Schema
from holobase.domain.declaration import FIXED_IDS, Declaration
from holobase.domain.derived import Computed, Kept
from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.principal import SUPERUSERS
from holobase.domain.settings import InstanceSettings
from holobase.engine.collections import check_indexes, views
from holobase.engine.collections.check import INTERNAL_NAMES, Change, errors_of, paths_of
from holobase.engine.moving import definitions
from holobase.kit import ids
from holobase.ports.foreign import ForeignCollection, ForeignFolder
from holobase.rules import COMPARISONS_MAX

SETTINGS_NAME: Final = "settings"
"""What the settings are called where collections are named; no collection is merged with them."""

SHORT_LIVED: Final = frozenset({"_mfas", "_otps"})
"""Collections whose records live for minutes: what is in them is worth nothing when it arrives."""

_OF_VIEWS: Final = frozenset({"name", "fields", "viewQuery"})
"""What keeps a view from being made; a rule that does not fit lets nobody pass."""

_KNOWN_IDS: Final = frozenset(FIXED_IDS.values())
_SERIOUS: Final = frozenset({"id", "name", "collectionId", "primaryKey"})
"""Keys of a field whose errors keep a table from being made; others limit what comes later."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody has decided about names that are taken, by the names in the folder."""

    skip: frozenset[str] = frozenset()
    merge: frozenset[str] = frozenset()
    rename: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the import goes: the definitions there are, or will be from the first start on."""

    collections: tuple[Collection, ...]
    declarations: Mapping[str, Declaration]
    has_settings: bool = False
    comparisons_max: int = 1_000
    is_there: bool = False
    """Whether anybody can have used it yet."""


@dataclass(frozen=True, slots=True)
class Way:
    """How one collection comes over. `here` is what it is joined with, if anything."""

    source: ForeignCollection
    origin: Collection
    after: Collection
    here: Collection | None
    records: int

    @property
    def is_carried(self) -> bool:
        """Whether its records come along."""
        return self.origin.type != "view" and self.source.name not in SHORT_LIVED


@dataclass(slots=True)
class Plan:
    """Everything that will be done. `obstacles` must be gone first; `notes` are to be known."""

    ways: list[Way] = field(default_factory=list)
    settings: InstanceSettings | None = None
    obstacles: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    """Collections by the id they had: those that get another one."""

    left: list[str] = field(default_factory=list)
    """Ids of the collections that do not come over."""

    losses: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """How many values lose something, by collection, field and what."""

    files: int = 0
    missing_files: int = 0

    def told_losses(self) -> list[str]:
        """What single values lose, in sentences."""
        told = [
            f"{collection}.{field}: {count:,} {what}."
            for (collection, field, what), count in sorted(self.losses.items())
        ]
        if self.missing_files:
            told.append(
                f"{self.missing_files:,} of {self.files:,} files that records name are not in the"
                " folder."
            )
        return told


class Planner:
    """Works out a plan for one folder and one target."""

    def __init__(self, folder: ForeignFolder, target: Target, choices: Choices) -> None:
        self._folder = folder
        self._target = target
        self._choices = choices
        self._here = Schema(target.collections)
        self.plan = Plan()

    def definitions(self, settings: InstanceSettings | None) -> Plan:
        """The part of the plan that needs no record."""
        sources = self._folder.collections()
        self._check_choices(sources)
        chosen = [(s, c) for s in sources if (c := self._chosen(s)) is not None]
        for source, (_, identifier, _) in chosen:
            if identifier != source.id:
                self.plan.ids[source.id] = identifier
        for source, (name, identifier, here) in chosen:
            self.plan.ways.append(self._way(source, name, identifier, here))
        self._check_all()
        self._plan_settings(settings)
        return self.plan

    def _check_choices(self, sources: list[ForeignCollection]) -> None:
        names = {source.name for source in sources} | {SETTINGS_NAME}
        choices = self._choices
        for name in sorted({*choices.skip, *choices.merge, *choices.rename} - names):
            self.plan.obstacles.append(f"The folder has no collection {name} to choose about.")

    def _chosen(self, source: ForeignCollection) -> tuple[str, str, Collection | None] | None:
        """The name and id it will have, and what it is joined with; None: it stays behind."""
        name, choices = source.name, self._choices
        if name in choices.skip:
            self.plan.left.append(source.id)
            self.plan.notes.append(f"{name}: left behind, as you chose.")
            return None
        by_id, by_name = self._of_id(source.id), self._of_name(name)
        if source.is_system and (known := by_id or by_name) is not None:
            return known.name, known.id, known
        if name in choices.merge:
            if by_name is None:
                self.plan.obstacles.append(f"{name}: there is nothing here to merge it with.")
                return name, source.id, None
            return by_name.name, by_name.id, by_name
        wanted = choices.rename.get(name, name)
        return self._free(source, wanted, is_renamed=name in choices.rename)

    def _free(
        self, source: ForeignCollection, wanted: str, *, is_renamed: bool
    ) -> tuple[str, str, Collection | None] | None:
        taken = self._of_name(wanted)
        by_id = self._of_id(source.id)
        if taken is not None or (by_id is not None and not is_renamed):
            other = taken or by_id
            self.plan.obstacles.append(
                f"{source.name}: {other.name if other else wanted} is here already. Choose"
                f" --rename {source.name}=NEW_NAME, --merge {source.name} or --skip {source.name}."
            )
            self.plan.left.append(source.id)
            return None
        if by_id is None:
            return wanted, source.id, None
        self.plan.notes.append(
            f"{source.name}: becomes {wanted} and gets a new id, because {by_id.name} has the old"
            " one: its people have to log in again, and addresses of its files change."
        )
        ids_there = {collection.id for collection in self._target.collections}
        return wanted, ids.free(ids.collection_id(source.type, wanted), ids_there), None

    def _of_id(self, identifier: str) -> Collection | None:
        return next((c for c in self._target.collections if c.id == identifier), None)

    def _of_name(self, name: str) -> Collection | None:
        found = (c for c in self._target.collections if c.name.lower() == name.lower())
        return next(found, None)

    def _way(
        self, source: ForeignCollection, name: str, identifier: str, here: Collection | None
    ) -> Way:
        origin = definitions.collection_of(source)
        if here is None:
            after = definitions.moved(origin, name, identifier, self.plan.ids)
        else:
            after = self._joined(source, origin, here)
        count = 0 if origin.type == "view" else self._folder.count(source.name)
        if source.name in SHORT_LIVED and count:
            self.plan.notes.append(
                f"{source.name}: {count} left behind; they are good for minutes only."
            )
        return Way(source, origin, after, here, count)

    def _joined(
        self, source: ForeignCollection, origin: Collection, here: Collection
    ) -> Collection:
        if here.type != origin.type:
            self.plan.obstacles.append(f"{source.name}: {here.name} here is of type {here.type}.")
            return here
        wrong = definitions.conflicts(here, origin)
        if wrong:
            self.plan.obstacles.append(
                f"{source.name}: cannot be joined with {here.name}, which has {', '.join(wrong)}"
                " as something else. Rename the field in PocketBase, or choose --rename."
            )
            return here
        declaration = self._target.declarations.get(here.id)
        for name in [f.name for f in origin.fields if _is_worked_out(declaration, f.name)]:
            self.plan.notes.append(
                f"{source.name}: {name} is worked out here from other values, and does not come"
                " over."
            )
        if here.auth is not None and self._target.is_there:
            self.plan.notes.append(
                f"{source.name}: the folder's tokens stay good; whoever is logged in to {here.name}"
                " here has to log in again."
            )
        follows = definitions.moved(origin, here.name, here.id, self.plan.ids)
        return definitions.joined(here, follows, is_system=source.name == SUPERUSERS)

    def _check_all(self) -> None:
        """Judges the definitions as they will be, and repairs what need not stop anybody."""
        changed = {way.after.id for way in self.plan.ways}
        kept = [c for c in self._target.collections if c.id not in changed]
        schema = Schema((*kept, *(way.after for way in self.plan.ways)))
        for position, way in enumerate(self.plan.ways):
            if way.here is None and not way.after.is_view:
                after = self._checked(way, schema)
                self.plan.ways[position] = replace(way, after=after)
            self._check_relations(way, schema)
        shown = [way for way in self.plan.ways if way.after.is_view]
        self.plan.ways = [way for way in self.plan.ways if not way.after.is_view]
        for way in shown:
            self._add_view(way, kept)

    def _add_view(self, way: Way, kept: list[Collection]) -> None:
        """The view over what will be there; one whose query fits nothing there stays behind."""
        schema = Schema((*kept, *(each.after for each in self.plan.ways)))
        after, errors = views.inferred(way.after, schema)
        if not errors:
            related = frozenset(each.id for each in schema.collections)
            whole = Schema((*schema.collections, after))
            errors = errors_of(Change(None, after, whole, related, None, COMPARISONS_MAX))
            errors = {key: error for key, error in errors.items() if key in _OF_VIEWS}
        if errors:
            told = "; ".join(paths_of(errors))
            self.plan.notes.append(f"{way.source.name}: the view stays behind ({told}).")
        else:
            self.plan.ways.append(replace(way, after=after))

    def _check_relations(self, way: Way, schema: Schema) -> None:
        there = {collection.id for collection in schema.collections}
        for each in way.origin.relations:
            target = self.plan.ids.get(each.collection_id, each.collection_id)
            # Another collection here may have the id of one that stays behind.
            if each.collection_id in self.plan.left or target not in there:
                self.plan.obstacles.append(
                    f"{way.source.name}: its field {each.name} relates to a collection that does"
                    f" not come over. Choose --skip {way.source.name} too, or take both."
                )

    def _checked(self, way: Way, schema: Schema) -> Collection:
        after = way.after
        related = frozenset(each.id for each in schema.collections)
        change = Change(None, after, schema, related, None, self._target.comparisons_max)
        errors = dict(errors_of(change))
        identity = errors.pop("id", None)
        if identity and (after.id in INTERNAL_NAMES or after.id not in _KNOWN_IDS):
            self._stop(way, "id", identity)
        if "name" in errors and not way.source.is_system:
            self._stop(way, "name", errors.pop("name"))
        errors.pop("name", None)
        errors.pop("indexes", None)
        for path, error in _leaves(errors):
            if path[0] == "fields" and (len(path) == 1 or path[-1] in _SERIOUS):
                if path[-1] != "collectionId":  # told in its own words
                    self._stop(way, ".".join(_named(path, after)), error)
            else:
                self.plan.notes.append(
                    f"{way.source.name}: {'.'.join(_named(path, after))} is kept as it is, but is"
                    f" not valid here ({error.code})."
                )
        return self._with_possible_indexes(way, after, schema)

    def _stop(self, way: Way, where: str, error: FieldError) -> None:
        self.plan.obstacles.append(
            f"{way.source.name}: {where} cannot be kept ({error.code}). Change it in PocketBase,"
            f" or choose --rename {way.source.name}=NEW_NAME or --skip {way.source.name}."
        )

    def _with_possible_indexes(self, way: Way, after: Collection, schema: Schema) -> Collection:
        errors = check_indexes.errors_of(None, after, schema, None)
        if not isinstance(errors, Mapping):
            return after
        for position in errors:
            if position.isdigit():
                text = after.indexes[int(position)]
                self.plan.notes.append(f"{way.source.name}: an index is left out: {text}")
        kept = [t for n, t in enumerate(after.indexes) if str(n) not in errors]
        return msgspec.structs.replace(after, indexes=tuple(kept))

    def _plan_settings(self, settings: InstanceSettings | None) -> None:
        if settings is None or SETTINGS_NAME in self._choices.skip:
            return
        if self._target.has_settings:
            self.plan.obstacles.append(
                "The settings were changed here already. Choose --skip settings to keep them."
            )
        self.plan.settings = settings


def _is_worked_out(declaration: Declaration | None, name: str) -> bool:
    """Whether a field follows from others and is no counter that could be opened."""
    declared = declaration.fields.get(name) if declaration else None
    return declared is not None and isinstance(declared.derived, Computed | Kept)


def _leaves(
    errors: ErrorTree, before: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], FieldError]]:
    for name, error in errors.items():
        if isinstance(error, FieldError):
            yield (*before, name), error
        else:
            yield from _leaves(error, (*before, name))


def _named(path: tuple[str, ...], collection: Collection) -> list[str]:
    """The path of an error with the name of a field in place of its number."""
    if len(path) > 1 and path[0] == "fields" and path[1].isdigit():
        return [collection.fields[int(path[1])].name, *path[2:]]
    return list(path)
