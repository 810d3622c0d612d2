"""Values to send, of every type and of the wrong one, and what they look like in an expression."""

from typing import Any

from hypothesis import strategies as st

from holobase.domain.fields import AnyField, RelationField, SelectField

TEXTS = [
    "", "a", "A", "b", "Ab", "aB c", "5", "5.0", "05", "-1", "1e3", ".5", "0", "1", "true", "false",
    "null", "%", "_", "a%", "%b", "a_b", "100%", "\\", "a\\b", "\\%", "'", '"', "é", "É", "ß", "😀",
    " a ", "x\ny", "[]", '["a"]', '["a","b"]', "{}", '{"a":5}', "2024", "2024-01-31",
    "2024-01-31 12:00:00.000Z", "2024-01-31 12:00:00Z", "0001-01-01 00:00:00.000Z", "nan", "a@b.co",
]  # fmt: skip
NUMBERS = [0, 1, -1, 2, 5, 5.5, -2.5, 0.1, 100, 1e-7, 1e21, 2**53, 2**53 + 2, 99.25]
DATES = [
    "", "2024-01-31 12:00:00.000Z", "2024-02-29 23:59:59.999Z", "1970-01-01 00:00:00.000Z",
    "2024-01-31 12:00:00Z", "2024-01-31T12:00:00+02:00", "2024-01-31", "1999-12-31 00:00:00.001Z",
    "2024-13-01", "31 Jan 2024", "9999-12-31 23:59:59.999Z", "2024-01-31 12:00:00.1239Z",
]  # fmt: skip
MEMBERS = ["a", "b", "c", "A", "0"]
POINTS = [
    {"lon": 0, "lat": 0}, {"lon": 23.32, "lat": 42.69}, {"lon": -180, "lat": 90}, {"lon": 5},
    {"lon": 181, "lat": 0}, {"lon": 0, "lat": -91}, {"lat": 1e-7}, {},
    '{"lon":1,"lat":2}', '{"lon":"1","lat":2}', '{"lon":null}', "[]", 5,
]  # fmt: skip
EMAILS = ["", "a@b.co", "A@B.co", "no", "a@no.example", "é@b.co", "a b@c.de", "x" * 65 + "@b.co"]
URLS = [
    "", "https://a.example/x?y#z", "a.example", "http://localhost:80", "mailto:a@b.c", "no",
    "http:", "ftp://a.example", "https://no.example/", "//a.example",
]  # fmt: skip

texts = st.text(st.characters(exclude_categories=["C"], include_characters="\n\t"), max_size=6)
"""Without control characters: docs/deviations.md has two rows about them."""

members = st.sampled_from(MEMBERS)
scalars = st.one_of(
    st.none(), st.booleans(), st.sampled_from(NUMBERS), st.sampled_from(TEXTS), texts
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(members, inner, max_size=3),
    max_leaves=5,
)


def fitting(field: AnyField, ids: dict[str, list[str]]) -> st.SearchStrategy[Any]:
    """Values of the field's own type, most of them acceptable. `ids`: records by collection id."""
    match field:
        case SelectField():
            return _some_of([*field.values, "no"], field.max_select)
        case RelationField():
            return _some_of([*ids.get(field.collection_id, []), "nosuchrecord000"], 3)
    pools: dict[str, st.SearchStrategy[Any]] = {
        "number": st.sampled_from(NUMBERS) | st.floats(allow_nan=False, allow_infinity=False),
        "bool": st.booleans(),
        "email": st.sampled_from(EMAILS),
        "url": st.sampled_from(URLS),
        "date": st.sampled_from(DATES),
        "json": anything,
        "geoPoint": st.sampled_from(POINTS),
    }
    return pools.get(field.kind, st.sampled_from(TEXTS) | texts)


def _some_of(values: list[str], most: int) -> st.SearchStrategy[Any]:
    one = st.sampled_from(values)
    return one | st.lists(one, max_size=max(most, 1) + 1)
