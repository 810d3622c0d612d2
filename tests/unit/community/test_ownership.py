"""Services own their collections alone, and name nothing that they have not declared to need."""

import asyncio
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holobase.adapters.sqlite import SqliteStore
from holobase.community.product import OWNERSHIP, SERVICES
from holobase.domain.declaration import Declaration, Fixture, declare, integer, relation, text
from holobase.domain.derived import Count, Kept
from holobase.domain.principal import Request
from holobase.engine.kernel import Kernel
from holobase.engine.ownership import Service, ownership
from holobase.engine.reactions import (
    Applied,
    Command,
    OwnershipError,
    Reaction,
    Reactions,
    ScopedUnit,
    react,
)
from holobase.engine.sealing import Sealer, new_key

NOW = 1_790_000_000_000
USERS = declare("users", text("name"), owner="who", type="auth", rules={})
NOTES = declare(
    "notes",
    text("words"),
    relation("writer", "users"),
    integer("length", derived=Kept(by="measure")),
    owner="text",
    rules={},
)
STARS = declare("stars", relation("note", "notes"), owner="stars", rules={})
WHO = Service(name="who", collections=(USERS,))
TEXT = Service(name="text", collections=(NOTES,))


def refusal(*services: Service) -> str:
    """Why a product of these services does not start."""
    with pytest.raises(OwnershipError) as refused:
        ownership(services)
    return str(refused.value)


def stars(*collections: Declaration, **more: Any) -> Service:
    return Service(name="stars", collections=collections or (STARS,), **more)


def test_the_product_is_owned_as_a_whole_and_once() -> None:
    owned = [name for each in OWNERSHIP for name in each.owned]
    declared = [d.name for service in SERVICES for d in service.collections]
    assert sorted(owned) == sorted(declared)
    assert len(set(owned)) == len(owned)


def test_everything_a_service_says_it_reads_has_a_use() -> None:
    for service, each in zip(SERVICES, OWNERSHIP, strict=True):
        for name in service.reads:
            assert set(each.replicas[name]) - {"reads"}, f"{service.name} reads {name} for nothing"


def test_every_service_knows_the_accounts_behind_tokens() -> None:
    for each in OWNERSHIP:
        assert "_superusers" in each.owned or "tokens" in each.replicas["_superusers"]


def test_counters_fed_by_other_services_are_on_the_map() -> None:
    identity = next(each for each in OWNERSHIP if each.service == "identity")
    assert "counts unified_users.creator_followers" in identity.replicas["follows"]


def test_relations_are_followed_to_the_end() -> None:
    (_, _, mine) = ownership((WHO, TEXT, stars()))
    assert mine.replicas == {"users": ("tokens", "notes.writer"), "notes": ("stars.note",)}


def test_a_collection_has_one_owner() -> None:
    again = declare("notes", owner="stars", rules={})
    told = refusal(WHO, TEXT, stars(STARS, again))
    assert told == (
        f"Collection notes has two owners: text ({NOTES.place}) and stars ({again.place})."
    )


def test_places_are_where_things_are_declared() -> None:
    before = inspect.currentframe().f_lineno  # type: ignore[union-attr]
    declared = declare(
        "here",
        text("first"),
        *(text(name) for name in ("second",)),
        owner="stars",
        rules={},
    )
    fixture = Fixture("here", "a", {})
    service = Service(name="stars", collections=(declared,))
    assert declared.place == f"{__file__}:{before + 1}"
    assert declared.fields["first"].place == f"{__file__}:{before + 3}"
    assert declared.fields["second"].place == f"{__file__}:{before + 4}"
    assert fixture.place == f"{__file__}:{before + 8}"
    assert service.place == f"{__file__}:{before + 9}"


def test_a_service_lists_its_own_collections_only() -> None:
    assert re.fullmatch(
        r"Service stars \(.*test_ownership\.py:\d+\) lists notes, which names text as its owner"
        rf" \({re.escape(NOTES.place)}\)\.",
        refusal(stars(NOTES)),
    )


def test_relations_lead_to_collections_that_somebody_owns() -> None:
    lost = declare("lost", relation("way", "nowhere"), owner="stars", rules={})
    told = refusal(WHO, stars(lost))
    assert told.startswith(f"Service stars: lost.way ({lost.fields['way'].place}) points to pbc_")
    assert told.endswith(": unknown.")


@pytest.mark.parametrize("rule", ["@collection.nowhere.id = ''", "nowhere_via_note.id != ''"])
def test_rules_name_collections_that_somebody_owns(rule: str) -> None:
    ruled = declare("ruled", owner="stars", rules={"list": rule})
    told = refusal(WHO, stars(ruled))
    assert told == (
        f"Service stars: a rule of ruled ({ruled.place}) names nowhere, which nobody owns."
    )


@pytest.mark.parametrize("rule", ["@collection.notes.id = ''", "notes_via_writer.id != ''"])
def test_what_a_rule_names_and_what_that_refers_to_is_within_reach(rule: str) -> None:
    ruled = declare("ruled", owner="stars", rules={"list": rule})
    (_, _, mine) = ownership((WHO, TEXT, stars(ruled)))
    assert mine.replicas["notes"] == ("rules of ruled",)


def test_a_quoted_text_names_nothing() -> None:
    ruled = declare("ruled", owner="stars", rules={"list": "id = '@collection.nowhere.id'"})
    assert ownership((WHO, stars(ruled)))


def test_a_counter_counts_what_is_within_reach() -> None:
    counted = declare(
        "counted",
        integer("notes", derived=Count(of="notes", by="writer")),
        owner="stars",
        rules={},
    )
    told = refusal(WHO, TEXT, stars(counted))
    assert told == (
        f"Service stars: counted.notes ({counted.fields['notes'].place}) counts notes:"
        " outside its closure; name it in reads= of the service."
    )
    assert ownership((WHO, TEXT, stars(counted, reads=("notes",))))


def test_a_counter_counts_what_exists() -> None:
    counted = declare("c", integer("n", derived=Count(of="x", by="y")), owner="stars", rules={})
    assert refusal(WHO, stars(counted)).endswith("counts x: unknown.")


def test_a_service_reads_what_somebody_owns() -> None:
    told = refusal(WHO, TEXT, stars(reads=("nowhere",)))
    assert re.fullmatch(
        r"Service stars: reads= of the service \(.*:\d+\) names nowhere, which nobody owns\.", told
    )


def test_a_service_starts_with_records_of_its_own_only() -> None:
    foreign = Fixture("notes", "note00000000001", {})
    told = refusal(WHO, TEXT, stars(fixtures=(foreign,)))
    assert told == f"Service stars: a fixture ({foreign.place}) fills notes: only its owner may."


def look(unit: ScopedUnit, cause: Applied) -> Command[None]:
    yield from ()


LOOK = f"reaction look ({__file__}:{look.__code__.co_firstlineno})"


@pytest.mark.parametrize(
    ("reaction", "why"),
    [
        (
            react(look, "stars.created", owner="stars", writes=("notes",)),
            "writes notes: owned by text.",
        ),
        (
            react(look, "diaries.created", owner="stars"),
            "reacts to diaries: outside its closure; name it in reads= of the service.",
        ),
        (
            react(look, "stars.created", owner="stars", reads=("diaries",)),
            "reads diaries: outside its closure; name it in reads= of the service.",
        ),
        (react(look, "nothing.created", owner="stars"), "reacts to nothing: unknown."),
        (react(look, "stars.created", owner="text"), "belongs to text: another service."),
    ],
)
def test_reactions_stay_within_their_service(reaction: Reaction, why: str) -> None:
    diaries = Service(name="diaries", collections=(declare("diaries", owner="diaries", rules={}),))
    told = refusal(WHO, TEXT, diaries, stars(reactions=(reaction,)))
    assert told == f"Service stars: {LOOK} {why}"


class Running:
    """A kernel with one reaction to new notes."""

    def __init__(self, folder: Path, reaction: Reaction) -> None:
        self._loop = asyncio.new_event_loop()
        self.kernel = Kernel(
            (USERS, NOTES, STARS), Reactions(reaction), Sealer(new_key()), lambda: NOW
        )
        self.wait(self.kernel.open(lambda settle: SqliteStore.open(folder, settle), ()))

    def wait(self, waited: Any) -> Any:
        return self._loop.run_until_complete(waited)

    def note(self, words: str) -> Any:
        create = self.kernel.run(Request(now=NOW), lambda u: u.create("notes", {"words": words}))
        return self.wait(create)

    def notes(self) -> int:
        find = self.kernel.run(Request(now=NOW), lambda u: u.find_by("notes", "words", "w"))
        return int(self.wait(find) is not None)

    def close(self) -> None:
        self.wait(self.kernel.store.close())
        self._loop.close()


@pytest.fixture
def running(tmp_path: Path, request: Any) -> Iterator[Running]:
    made = Running(tmp_path, request.param)
    yield made
    made.close()


def find(unit: ScopedUnit, cause: Applied) -> Command[None]:
    yield from unit.find("users", "anybody")


def find_by(unit: ScopedUnit, cause: Applied) -> Command[None]:
    yield from unit.find_by("users", "name", "anybody")


def find_all(unit: ScopedUnit, cause: Applied) -> Command[None]:
    yield from unit.find_all("users", "name", "anybody")


def create(unit: ScopedUnit, cause: Applied) -> Command[None]:
    yield from unit.create("stars", {}, cause)


def update(unit: ScopedUnit, cause: Applied) -> Command[None]:
    yield from unit.update("stars", "any", {}, cause)


def delete(unit: ScopedUnit, cause: Applied) -> Command[None]:
    yield from unit.delete("stars", "any", cause)


def keep(unit: ScopedUnit, cause: Applied) -> Command[None]:
    yield from unit.keep("stars", "any", {}, cause)


def fact(unit: ScopedUnit, cause: Applied) -> Command[None]:
    yield from unit.fact("stars.seen", "stars", "any", {}, cause)


@pytest.mark.parametrize(
    "running",
    [
        react(run, "notes.created", owner="text", reads=("stars",))
        for run in (find, find_by, find_all, create, update, delete, keep, fact)
    ],
    ids=lambda reaction: reaction.name,
    indirect=True,
)
def test_a_reaction_reaches_what_it_declares_and_its_command_is_refused_otherwise(
    running: Running,
) -> None:
    with pytest.raises(OwnershipError, match=r"reaction \w+ \(.*\) (reads users|writes stars), "):
        running.note("w")
    assert not running.notes()


def overwrite(unit: ScopedUnit, cause: Applied) -> Command[None]:
    yield from unit.keep("notes", cause.event.stream.partition("/")[2], {"words": "x"}, cause)


def measure(unit: ScopedUnit, cause: Applied) -> Command[None]:
    yield from unit.keep("notes", cause.event.stream.partition("/")[2], {"length": 1}, cause)


@pytest.mark.parametrize(
    "running",
    [react(overwrite, "notes.created", owner="text", writes=("notes",))],
    indirect=True,
)
def test_only_kept_fields_are_kept(running: Running) -> None:
    with pytest.raises(OwnershipError, match=r"sets notes.words, which is not Kept"):
        running.note("w")


@pytest.mark.parametrize(
    "running", [react(measure, "notes.created", owner="text", writes=("notes",))], indirect=True
)
def test_a_kept_field_changes_by_a_derived_event(running: Running) -> None:
    note = running.note("w")
    assert note.values["length"] == 1
    events = running.wait(running.kernel.store.log.stream(f"{NOTES.collection.id}/{note.id}"))
    assert [event.type for event in events] == ["notes.created", "notes.derived"]
    assert events[1].causation_id == events[0].id
