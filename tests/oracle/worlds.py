"""Random collections with random records, the same for both programs, made from a number."""

import random
from dataclasses import dataclass
from functools import cached_property

import msgspec

from holobase.domain.collection import Collection
from holobase.domain.fields import (
    AnyField,
    BoolField,
    DateField,
    EditorField,
    EmailField,
    GeoPointField,
    JsonField,
    NumberField,
    RelationField,
    SelectField,
    TextField,
    UrlField,
)

NAMES = ("alpha", "beta", "gamma")
HOPS_MAX = 3
RECORDS = 10
"""In each collection at most: some are refused, and PocketBase joins every pair."""

ID = TextField(
    id="text_id",
    name="id",
    system=True,
    required=True,
    primary_key=True,
    min=15,
    max=15,
    pattern="^[a-z0-9]+$",
    autogenerate_pattern="[a-z0-9]{15}",
)


@dataclass(eq=False)
class World:
    """`ids`, by collection id, are those of the records that both programs hold or will hold."""

    number: int
    collections: tuple[Collection, ...]
    ids: dict[str, list[str]]

    def named(self, name: str) -> Collection:
        """The collection of this name."""
        return next(each for each in self.collections if each.name == name)

    @cached_property
    def paths(self) -> dict[str, list[list[str]]]:
        """By collection name, what an expression may name: one list for each number of hops."""
        return {each.name: list(self._paths(each)) for each in self.collections}

    def _paths(self, start: Collection) -> list[list[str]]:
        found: list[list[str]] = []
        ends = [("", start)]
        for _ in range(HOPS_MAX + 1):
            found.append(
                [p + leaf for p, at in ends for each in at.fields for leaf in _leaves(each)]
            )
            ends = [(f"{p}{hop}.", to) for p, at in ends for hop, to in self._hops(at)]
        return found

    def _hops(self, start: Collection) -> list[tuple[str, Collection]]:
        by_id = {each.id: each for each in self.collections}
        ahead = [(each.name, by_id[each.collection_id]) for each in start.relations]
        back = [
            (f"{other.name}_via_{each.name}", other)
            for other in self.collections
            for each in other.relations
            if each.collection_id == start.id
        ]
        return ahead + back


def _leaves(found: AnyField) -> list[str]:
    tails = {
        "json": ["", ".a", ".b", ".0", ".a.b", ".b.0.c", ".lon"],
        "geoPoint": ["", ".lon", ".lat", ".no"],
    }
    return [found.name + tail for tail in tails.get(found.kind, [""])]


def make_world(number: int) -> World:
    """The world of this number: its collections, still without records."""
    dice = random.Random(number)
    collections = tuple(_collection(dice, name) for name in NAMES)
    ids = {each.id: [_record_id(each, count) for count in range(RECORDS)] for each in collections}
    return World(number, collections, ids)


def _record_id(collection: Collection, count: int) -> str:
    return f"{collection.name}{count:0{15 - len(collection.name)}}"


def _collection(dice: random.Random, name: str) -> Collection:
    makers = dice.sample(_MAKERS, dice.randint(6, 9))
    made = [make(dice, number) for number, make in enumerate(makers)]
    relations = [
        RelationField(
            id=f"relation_{name}_{label}",
            name=label,
            collection_id=f"pbc_{dice.choice(NAMES)}",
            max_select=most,
            cascade_delete=dice.random() < 0.3,
        )
        for label, most in (("one", dice.choice([0, 1])), ("many", dice.choice([2, 9])))
    ]
    fields = (ID, *made, *relations)
    hidden = dice.choice(made)
    rule = dice.choice(["", "", "", "id != ''", f"{made[0].name} != 'a'", "one.id != ''", None])
    return Collection(
        id=f"pbc_{name}",
        name=name,
        list_rule=rule,
        view_rule="",
        create_rule="",
        update_rule="",
        delete_rule="",
        fields=tuple(
            msgspec.structs.replace(each, hidden=each is hidden and dice.random() < 0.5)
            for each in fields
        ),
        indexes=(_unique(dice, name, made),) if dice.random() < 0.5 else (),
    )


def _unique(dice: random.Random, name: str, made: list[AnyField]) -> str:
    fit = [each for each in made if each.kind in ("text", "number", "email", "url")]
    column = dice.choice(fit or [ID])
    zero = "0" if column.kind == "number" else "''"
    where = f"WHERE `{column.name}` != {zero}"
    return f"CREATE UNIQUE INDEX `u_{name}` ON `{name}` (`{column.name}`) {where}"


def _text(dice: random.Random, number: int) -> AnyField:
    return TextField(
        id=f"text_{number}",
        name=f"text{number}",
        min=dice.choice([0, 0, 2]),
        max=dice.choice([0, 0, 4]),
        pattern=dice.choice(["", "", "^[a-zA-Z0-9%]*$"]),
        required=dice.random() < 0.06,
    )


def _plain_text(dice: random.Random, number: int) -> AnyField:
    return TextField(id=f"text_{number}", name=f"text{number}")


def _number(dice: random.Random, number: int) -> AnyField:
    return NumberField(
        id=f"number_{number}",
        name=f"number{number}",
        only_int=dice.random() < 0.3,
        min=dice.choice([None, None, -1]),
        max=dice.choice([None, None, 100]),
        required=dice.random() < 0.06,
    )


def _plain_number(dice: random.Random, number: int) -> AnyField:
    return NumberField(id=f"number_{number}", name=f"number{number}")


def _bool(dice: random.Random, number: int) -> AnyField:
    return BoolField(id=f"bool_{number}", name=f"bool{number}", required=dice.random() < 0.06)


def _date(dice: random.Random, number: int) -> AnyField:
    return DateField(
        id=f"date_{number}",
        name=f"date{number}",
        min=dice.choice(["", "", "1999-12-31 00:00:00.001Z"]),
        max=dice.choice(["", "", "2024-02-29 00:00:00.000Z"]),
        required=dice.random() < 0.06,
    )


def _email(dice: random.Random, number: int) -> AnyField:
    return EmailField(
        id=f"email_{number}",
        name=f"email{number}",
        except_domains=dice.choice([(), ("no.example",)]),
    )


def _url(dice: random.Random, number: int) -> AnyField:
    return UrlField(
        id=f"url_{number}", name=f"url{number}", except_domains=dice.choice([(), ("no.example",)])
    )


def _editor(dice: random.Random, number: int) -> AnyField:
    return EditorField(id=f"editor_{number}", name=f"editor{number}", max_size=dice.choice([0, 8]))


def _select(dice: random.Random, number: int) -> AnyField:
    return SelectField(
        id=f"select_{number}",
        name=f"select{number}",
        values=("a", "b", "Ab", "5"),
        max_select=dice.choice([0, 1, 2, 4]),
        required=dice.random() < 0.06,
    )


def _json(dice: random.Random, number: int) -> AnyField:
    return JsonField(
        id=f"json_{number}",
        name=f"json{number}",
        max_size=dice.choice([0, 0, 12]),
        required=dice.random() < 0.06,
    )


def _point(dice: random.Random, number: int) -> AnyField:
    return GeoPointField(id=f"geo_{number}", name=f"geo{number}", required=dice.random() < 0.06)


_MAKERS = [
    _text, _plain_text, _plain_text, _number, _plain_number, _bool, _date, _email, _url, _editor,
    _select, _select, _json, _json, _point,
]  # fmt: skip
