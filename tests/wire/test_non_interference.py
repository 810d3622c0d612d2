"""What a caller may not see never changes what he gets.

There are two worlds, which only differ in records that are not shown, in hidden fields and in
addresses that are not for everybody. Whatever somebody asks, both answer the same bytes, but for
the mark that tells the names and ids of one world from those of the other.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.examples import tries
from tests.wire.clubs import CHEAP
from tests.wire.rows import Json
from tests.wire.test_collections import COLLECTIONS
from tests.wire.world import PASSWORD, RECORDS, World

SHOWN: Final = 5
"""Records of a collection that are shown, and the same in both worlds."""

KNOWN: Final = 7
"""Those and more which are not shown, but which shown ones may refer to: both worlds have them."""

LAST: Final = 11
"""Those and more which only one of the worlds may have."""

WORDS: Final = ("", "a", "b", "ab", "5", "A%")
RULE: Final = "shown = true"
MANY: Final = {"maxSelect": 9}

RELATIONS: Final[dict[str, dict[str, tuple[str, dict[str, Json]]]]] = {
    "things": {
        "one": ("others", {}),
        "many": ("others", MANY),
        "owner": ("people", {}),
        "hidden_one": ("others", {"hidden": True}),
        "closed_one": ("closed", {}),
    },
    "others": {
        "thing": ("things", {}),
        "things": ("things", MANY),
        "only": ("things", {}),
        "hidden_thing": ("things", {"hidden": True}),
    },
    "people": {},
    "closed": {},
}

COLUMNS: Final = ["word", "number", "json", "choices", "shown", "secret"]
VIEWS: Final = {
    "seen": "SELECT {of} FROM things_{m} t ORDER BY t.number DESC",
    "pairs": "SELECT {of}, o.word AS other, o.id AS of FROM seen_{m} t"
    " LEFT JOIN (SELECT * FROM others_{m}) o ON o.id = t.one AND o.shown WHERE t.number < 5",
}
"""Queries of views over things, that select none of what another rule hides."""


def identifier(collection: str, number: int, mark: str) -> str:
    """The id of a record, in the order of the numbers."""
    return f"{collection}{mark}{number:02}".ljust(15, "0")


def definition(name: str, mark: str) -> dict[str, Json]:
    """A collection of a world."""
    is_auth, rule = name == "people", None if name == "closed" else RULE
    fields: list[dict[str, Json]] = [
        {"name": "word", "type": "text"},
        {"name": "number", "type": "number"},
        {"name": "json", "type": "json"},
        {"name": "choices", "type": "select", "values": ["a", "b", "c"], "maxSelect": 3},
        {"name": "shown", "type": "bool"},
        {"name": "secret", "type": "text", "hidden": True},
    ]
    if is_auth:
        fields.append(CHEAP)
    for relation, (to, options) in RELATIONS[name].items():
        to_id = f"{to}_{mark}"
        fields.append({"name": relation, "type": "relation", "collectionId": to_id, **options})
    unique = f"CREATE UNIQUE INDEX `only_{mark}` ON `others_{mark}` (`only`)"
    return {
        "id": f"{name}_{mark}",
        "name": f"{name}_{mark}",
        "type": "auth" if is_auth else "base",
        "fields": fields,
        "indexes": [unique] if name == "others" else [],
        "listRule": rule,
        "viewRule": rule,
    }


def view_definition(name: str, mark: str) -> dict[str, Json]:
    """A view of a world."""
    columns = ["id", *COLUMNS, *RELATIONS["things"]]
    of = ", ".join(f"t.{column}" for column in columns)
    query = VIEWS[name].replace("{of}", of).replace("SELECT *", f"SELECT id, {', '.join(COLUMNS)}")
    return {
        "id": f"{name}_{mark}",
        "name": f"{name}_{mark}",
        "type": "view",
        "viewQuery": query.replace("{m}", mark),
        "listRule": RULE,
        "viewRule": RULE,
    }


@dataclass
class Maker:
    """Fills one of the worlds: `common` says what both have, `secrets` what only this one has."""

    world: World
    mark: str
    common: random.Random
    secrets: random.Random

    def __post_init__(self) -> None:
        """Only one record may refer to a thing by `only`: secrets have what the shown leave."""
        left = [3, 4, *range(KNOWN, LAST)]
        self.secrets.shuffle(left)
        self.only = [0, 1, 2, SHOWN, SHOWN + 1, *left]

    def fill(self) -> None:
        """Defines the collections and makes their records."""
        views = [view_definition(name, self.mark) for name in VIEWS]
        made = {"collections": [*views, *(definition(name, self.mark) for name in RELATIONS)]}
        answer = self.world.ask("root", "PUT", f"{COLLECTIONS}/import", body=made)
        assert answer.status_code == 204, answer.text
        for name in ("closed", "people", "things", "others"):
            for number in self._order(name):
                self._create(name, number)
        for number in range(LAST):
            body = self._relations("things", number)
            self.world.change(f"things_{self.mark}", self._id("things", number), **body)

    def _id(self, name: str, number: int) -> str:
        return identifier(name, number, self.mark)

    def _order(self, name: str) -> list[int]:
        """All numbers: those shown in their order, the others anywhere between them."""
        order = list(range(SHOWN))
        extra = [n for n in range(KNOWN, LAST) if name == "things" or self.secrets.random() < 0.6]
        for number in [*range(SHOWN, KNOWN), *extra]:
            order.insert(self.secrets.randrange(len(order) + 1), number)
        return order

    def _of(self, number: int) -> random.Random:
        """What the values of a record come from: shown ones have the same in both worlds."""
        return self.common if number < SHOWN else self.secrets

    def _create(self, name: str, number: int) -> None:
        dice = self._of(number)
        body: dict[str, Json] = {
            "id": self._id(name, number),
            "word": dice.choice(WORDS),
            "number": dice.choice([0, 1, 5, -1.5]),
            "json": dice.choice([None, {"a": dice.choice([1, "a", None])}, "a", [1]]),
            "choices": dice.sample(["a", "b", "c"], dice.randrange(4)),
            "shown": number < SHOWN,
            "secret": self.secrets.choice(WORDS),
        }
        if name == "people":
            body |= self._account(number)
        if name == "others":
            body |= self._relations(name, number)
        self.world.make(f"{name}_{self.mark}", body)

    def _account(self, number: int) -> dict[str, Json]:
        is_visible = number % 2 == 0
        word = f"p{number}" if is_visible else f"{self.secrets.choice('abxyz')}{number}"
        return {
            "email": f"{word}@{self.mark}.io",
            "emailVisibility": is_visible,
            "password": PASSWORD,
            "passwordConfirm": PASSWORD,
        }

    def _relations(self, name: str, number: int) -> dict[str, Json]:
        body: dict[str, Json] = {}
        for relation, (to, options) in RELATIONS[name].items():
            dice = self.secrets if options.get("hidden") else self._of(number)
            ids = [self._id(to, n) for n in range(KNOWN)]
            if "maxSelect" in options:
                body[relation] = dice.sample(ids, dice.randrange(4))
            else:
                body[relation] = dice.choice(["", *ids, *ids])
        if name == "others":
            body["only"] = self._id("things", self.only[number])
        return body


@pytest.fixture(scope="module", params=[1, 2, 3])
def worlds(world: World, request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """The marks of two worlds with one seed, in which the same person can ask."""
    marks = (f"q{request.param}v", f"q{request.param}w")
    for mark in marks:
        common = random.Random(request.param)
        Maker(world, mark, common, random.Random(mark)).fill()
        world.tokens[mark] = world.log_in(f"p0@{mark}.io", f"people_{mark}")["token"]
    yield marks
    for mark in marks:
        del world.tokens[mark]


PLAIN: Final = [
    *("id", "word", "word:lower", "number", "json", "json.a", "choices", "choices:each"),
    *("choices:length", "shown", "secret"),
]


def _through(*ways: str) -> list[str]:
    return [f"{way}.{name}" for way in ways for name in PLAIN]


PATHS: Final = {
    "things": [
        *PLAIN,
        *_through("one", "many", "others_{m}_via_thing", "others_{m}_via_things"),
        *_through("others_{m}_via_only", "many.thing", "one.things"),
        *("one", "many", "many:each", "many:length", "owner", "owner.word", "owner.email"),
        *("owner.email:lower", "owner.emailVisibility", "hidden_one", "hidden_one.word"),
        *("closed_one.word", "others_{m}_via_hidden_thing.word", "many.only.owner.email"),
        *("others_{m}_via_only.thing.word", "others_{m}_via_thing.things.number", "nope"),
    ],
    "others": [
        *PLAIN,
        *_through("thing", "things", "only", "things_{m}_via_one", "things_{m}_via_many"),
        *("thing.owner.email", "things.owner.email", "thing.others_{m}_via_only.word"),
        *("things_{m}_via_hidden_one.word", "hidden_thing.word", "only.many.word"),
        *_through("seen_{m}_via_one", "pairs_{m}_via_of"),
        *("seen_{m}_via_many.owner.email", "seen_{m}_via_hidden_one.word"),
    ],
    "seen": [
        *PLAIN,
        *_through("one", "many", "one.things"),
        *("owner.email", "hidden_one.word", "closed_one.word", "one.seen_{m}_via_one.word"),
    ],
    "pairs": [
        *PLAIN,
        *_through("one", "of", "owner.seen_{m}_via_owner"),
        *("other", "of", "of.pairs_{m}_via_of.word", "owner.email", "hidden_one.word"),
    ],
    "people": [
        *("id", "word", "email", "email:lower", "emailVisibility", "verified", "tokenKey"),
        *_through("things_{m}_via_owner", "things_{m}_via_owner.many"),
        *("things_{m}_via_owner.owner.email", "password", "seen_{m}_via_owner.word"),
    ],
    "closed": ["id", "word"],
}
LITERALS: Final = [
    *("'a'", "''", "null", "5", "0", "true", "'%a%'", "'A'", "'p'", "'p2@{m}.io'", "'@'", "'[]'"),
    *("'things{m}010000'", "'others{m}060000'", "-2"),
]
OPERATORS: Final = [sign + op for op in ("=", "!=", ">", "<=", "~", "!~") for sign in ("", "?")]
EXPANDS: Final = [
    *("one", "many", "owner", "many.thing", "one.things.owner", "hidden_one", "closed_one"),
    *("others_{m}_via_thing", "others_{m}_via_things.thing", "others_{m}_via_only.only"),
    *("others_{m}_via_hidden_thing", "thing", "things", "only", "things_{m}_via_one"),
    *("things_{m}_via_hidden_one", "things_{m}_via_many.owner", "hidden_thing", "nope"),
    *("things_{m}_via_owner", "things_{m}_via_owner.many"),
    *("seen_{m}_via_one", "seen_{m}_via_many.one", "pairs_{m}_via_of", "of.seen_{m}_via_one"),
    *("seen_{m}_via_owner", "seen_{m}_via_hidden_one", "of"),
]
FIELDS: Final = ["*", "id", "word", "secret", "email", "expand.one.word", "expand", "nope"]


@st.composite
def _filters(draw: st.DrawFn, collection: str) -> str:
    paths = st.sampled_from(PATHS[collection])
    terms = []
    for _ in range(draw(st.integers(1, 3))):
        right = draw(st.sampled_from(LITERALS) | paths)
        terms.append(f"{draw(paths)} {draw(st.sampled_from(OPERATORS))} {right}")
    return draw(st.sampled_from([" && ", " || "])).join(terms)


@st.composite
def _questions(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A path and its query."""
    asked = ["things", "things", "others", "others", "people", "closed", "seen", "seen", "pairs"]
    collection = draw(st.sampled_from(asked))
    path = RECORDS.format(f"{collection}_{{m}}")
    query: dict[str, str] = {}
    if draw(st.integers(0, 5)) == 0:
        of = "things" if collection in VIEWS else collection
        path += f"/{of}{{m}}{draw(st.integers(0, LAST)):02}".ljust(15, "0")
    else:
        if draw(st.booleans()):
            query["filter"] = draw(_filters(collection))
        if draw(st.booleans()):
            terms = st.tuples(st.sampled_from(["", "-"]), st.sampled_from(PATHS[collection]))
            chosen = draw(st.lists(terms.map("".join), min_size=1, max_size=2))
            query["sort"] = ",".join(chosen)
        if draw(st.booleans()):
            query |= {"page": draw(st.sampled_from("12")), "perPage": "2"}
    if draw(st.booleans()):
        query["expand"] = ",".join(draw(st.lists(st.sampled_from(EXPANDS), min_size=1, max_size=3)))
    if draw(st.integers(0, 3)) == 0:
        query["fields"] = ",".join(draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3)))
    return path, query


def answer(
    world: World, mark: str, who: str, path: str, query: dict[str, str]
) -> tuple[int, bytes]:
    """The status and the body, without the mark."""
    named = {name: text.replace("{m}", mark) for name, text in query.items()}
    got = world.ask(who and mark, "GET", path.replace("{m}", mark), query=named)
    return got.status_code, got.content.replace(mark.encode(), b"")


@tries(80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=_questions(), who=st.sampled_from(["", "somebody"]))
def test_what_is_not_shown_changes_no_answer(
    world: World, worlds: tuple[str, str], question: tuple[str, dict[str, str]], who: str
) -> None:
    left, right = (answer(world, mark, who, *question) for mark in worlds)
    assert left == right
