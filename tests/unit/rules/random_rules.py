"""Random rules over random records of the world's collections.

Values cross types on purpose: numbers as texts, texts that read like JSON, wildcards, NULL and the
empty text; and what is compared with what is left to chance.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from hypothesis import strategies as st

from holobase.domain.collection import Collection
from holobase.domain.fields import BoolField, Field, JsonField, NumberField, Storage
from tests.unit.rules import world

Wires: TypeAlias = Mapping[str, list[dict[str, Any]]]
"""Records by collection, as JSON would carry them."""


def _lines(text: str) -> list[str]:
    return text.strip().splitlines()


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


_TEXTS = st.sampled_from(
    [
        "",
        "99999999999999999999",
        "2024-01-01 10:00:00.000Z",
        " 5",
        "[1]",
        '["a"]',
        '{"a":1}',
        "a\\",
        "\\",
        "\U0001f600",
        *words("a A ab Ä ä% é 5 5.0 5e0 -1.5 0 1 1e3 x5 true null % _ a_ 100% u1 u2 t1 Ann"),
    ]
)
_NUMBERS = st.sampled_from(
    [0, 1, 2, 5, -1.5, 5.5, 0.1, 30, 1e3, 1e15, 1e16, 2**53, 2.5e-7, 0.375, -0.0, 123456.789]
)
_JSON = st.sampled_from(
    [
        *(None, 5, 5.5, "x", "5", "", True, False, [], {}, [1, "a", None], [[1], {"k": "v"}]),
        *({"a": 1}, {"a": "1"}, {"a": ""}, {"a": None}, {"a": True, "b": {"c": "x"}}),
        *({"a": [1, 2]}, {"theme": "dark", "a": 5.0}, {"theme": 5, "b": {"c": 5}}, {"a": 1e22}),
        *({"a": {"b": "Ä"}}, '{"a":1,"a":2}', '{"a": 1.50}', "[1,2,", '{"a":1e2}'),
    ]
)
_IDS = {
    "c_users": st.sampled_from(["", "u1", "u2", "u3", "u4"]),
    "c_teams": st.sampled_from(["", "t1", "t2"]),
    "c_roles": st.sampled_from(["r1", "r2", "r3"]),
    "c_posts": st.sampled_from(["", "p1", "p2", "p3"]),
}


def _value(field: Field) -> st.SearchStrategy[Any]:
    if isinstance(field, NumberField):
        return _NUMBERS
    if isinstance(field, BoolField):
        return st.booleans()
    if isinstance(field, JsonField):
        return _JSON
    if field.storage is Storage.GEO:
        degrees = st.sampled_from([0, 13.4, 52.5, -1.5, 180])
        return st.fixed_dictionaries({"lon": degrees, "lat": degrees})
    single = _IDS.get(getattr(field, "collection_id", ""), _TEXTS)
    return st.lists(single, max_size=3) if field.is_multiple else single


def _records(collection: Collection) -> st.SearchStrategy[list[dict[str, Any]]]:
    fields = {f.name: _value(f) for f in collection.fields if f.name not in ("id", "tokenKey")}
    letter = world.RECORDS[collection.name][0]["id"][0]

    def identified(wires: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if collection is world.PROFILES:  # its index allows one for each user
            wires = list({wire["user"]: wire for wire in wires}.values())
        return [{**wire, "id": f"{letter}{number}"} for number, wire in enumerate(wires, 1)]

    return st.lists(st.fixed_dictionaries(fields), max_size=3).map(identified)


def worlds() -> st.SearchStrategy[Wires]:
    """Some records of every collection."""
    collections = world.SCHEMA.collections
    return st.fixed_dictionaries({one.name: _records(one) for one in collections})


_SUBMITTABLE = [
    field
    for field in world.POSTS.fields
    if field.name in ("title", "score", "active", "meta", "editors", "author", "tags")
]
_ANY = st.one_of(_TEXTS, _NUMBERS, st.booleans(), st.lists(_TEXTS, max_size=2), _JSON)
_BODIES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries(
        {}, optional={field.name: _value(field).map(field.normalise) for field in _SUBMITTABLE}
    ),
    st.dictionaries(st.sampled_from(["title", "score", "editors", "author", "other"]), _ANY),
)
_QUERIES = st.fixed_dictionaries({}, optional={"q": _TEXTS, "score": _TEXTS, "like": _TEXTS})


def asked_by() -> st.SearchStrategy[dict[str, Any]]:
    """The place of the caller among the users (-1: a guest), the body and the query."""
    return st.fixed_dictionaries({"caller": st.integers(-1, 2), "body": _BODIES, "query": _QUERIES})


_FIELDS = words("""
    id title title:lower title:length score score:lower active active:lower due kind kind:each
    kind:length tags tags:each tags:length tags:lower meta meta.a meta.b meta.b.c meta.0 meta.1.k
    meta:lower meta.a:lower place place.lon place.lat
    author author:length author:each author.id author.name author.name:lower author.age
    author.admin author.team author.team.name author.team.owner.name author.roles
    author.roles.name author.roles:each author.roles:length author.roles.permissions:each
    author.settings author.settings.theme author.settings.a author.email author.emailVisibility
    editors editors:each editors:length editors.id editors.name editors.age editors.age:lower
    editors.admin editors.team editors.team.name editors.roles.name editors.settings.theme
    editors.email
    comments_via_post.text comments_via_post.likes comments_via_post.author
    comments_via_post.author.name comments_via_post.author.email author.profiles_via_user.bio
    author.comments_via_author.likes editors.comments_via_author.text
    author.posts_via_editors.title author.posts_via_author.score
""")
_REQUEST = words("""
    id name name:lower age admin verified email team team.name roles roles:each roles:length
    roles.name roles.permissions:each settings settings.theme collectionName nothing
    profiles_via_user.bio comments_via_author.likes
""")
_BODY = words("""
    title title:lower title:isset title:changed score score:changed active active:changed meta
    meta:changed meta.a meta.b.c editors editors:each editors:length editors:changed editors.name
    author author:each author:length author.name author.team.name other other:isset
""")
_OTHERS = _lines("""
@request.query.q
@request.query.q:lower
@request.query.q:isset
@request.query.score
@request.query.like
@request.headers.x_token
@request.context
@request.method
@now
@year
@month
@todayStart
geoDistance(place.lon, place.lat, 13.4, 52.5)
geoDistance(editors.age, 0, place.lat, author.age)
geoDistance(title, score, @request.body.score, 5)
""")
_LITERALS = _lines(r"""
null
true
false
0
1
5
-1.5
1000
30
''
'a'
'A'
'5'
'5.0'
' 5'
'1e3'
'x5'
'%a%'
'a%'
'_'
'\\_'
'%'
'\\%'
'a\\'
'%\\'
'%_5%'
'[1]'
'Ä'
'u1'
'Ann'
'2024-01-01T10:00:00.000Z'
'2024-01-01'
""")
_OPERATORS = words("= != < <= > >= ~ !~ ?= ?!= ?< ?<= ?> ?>= ?~ ?!~")


def rules(more: Sequence[str] = ()) -> st.SearchStrategy[str]:
    """Rules over posts, of one to four comparisons, with `more` operands."""
    operands = st.one_of(
        st.sampled_from(_FIELDS),
        st.sampled_from(_FIELDS),
        st.sampled_from([f"@request.auth.{path}" for path in _REQUEST]),
        st.sampled_from([f"@request.body.{path}" for path in _BODY]),
        st.sampled_from([*_OTHERS, *more]),
        st.sampled_from(_LITERALS),
    )
    comparisons = st.tuples(operands, st.sampled_from(_OPERATORS), operands).map(" ".join)
    return st.recursive(
        comparisons,
        lambda inner: st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        max_leaves=4,
    )
