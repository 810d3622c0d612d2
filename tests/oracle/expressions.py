"""Random filters, rules and sorts over a world: mostly meaningful, types crossed on purpose."""

from functools import cache

from hypothesis import strategies as st

from tests.oracle import values
from tests.oracle.worlds import World

Text = st.SearchStrategy[str]

OPERATORS = ["=", "!=", ">", ">=", "<", "<=", "~", "!~"]
MODIFIERS = ["", "", "", "", ":lower", ":length", ":each"]
MACROS = [
    "@now", "@yesterday", "@tomorrow", "@todayStart", "@todayEnd", "@monthStart", "@monthEnd",
    "@yearStart", "@yearEnd", "@year", "@month", "@day", "@weekday",
]  # fmt: skip
FORMATS = ["%Y", "%Y-%m", "%H:%M", "%w", "%s", "%j", "%d%%", "%f", "%J", "%Q", ""]
SHIFTS = ["+1 day", "start of month", "-2 months", "weekday 1", "no", "unixepoch", "utc"]
NUMBERS = ["0", "1", "-1", "5", "5.5", "05", "100", "2024", "0.1", "-0", "9007199254740993"]
REQUESTED = ["query.q", "query.no", "headers.x_token", "method", "context", "auth.id", "auth.no"]
SOUP = [
    *OPERATORS, "?=", "?~", "&&", "||", "(", ")", ",", "id", "one", "many.id", "'a'", '"b"', "1",
    "-", "1.", ".5", "1e3", "null", "TRUE", "@now", "@no", "@request.auth.id", "//x\n", "/", "'",
    "@collection.alpha.id", '"', "\\", "\t", "\n", "\r", "\x0b", "\u00a0", "é", "#a", "_", "a.",
    "a:", ":lower", "=!", "&&&", "a-b", "strftime('%Y', '2024-01-01')", "geoDistance(1,2,3,4)",
    "strftime (", "()", "[]", "meta.a", "alpha_via_one.id", "one.one.one.one.one.one.id",
    "one.one.one.one.one.one.one.id",
]  # fmt: skip


def quoted(text: str) -> str:
    """The text as a literal."""
    for plain, escaped in (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return f"'{text}'"


@cache
def filters(world: World, name: str) -> Text:
    """A filter on this collection, as a superuser may ask it."""
    return _expressions(_operands(world, name, st.nothing()))


@cache
def plain_filters(world: World, name: str) -> Text:
    """A filter that names fields and literals only, as a guest may ask it."""
    return _expressions(_paths(world, name) | _literals(world))


@cache
def rules(world: World, name: str) -> Text:
    """A rule of this collection, which may also look at what was sent."""
    collection = world.named(name)
    relations = {relation.name for relation in collection.relations}
    plain = st.sampled_from([name for name in collection.field_names if name not in relations])
    fields = st.sampled_from([*relations, "no"]) | plain
    modifiers = st.sampled_from([":isset", ":changed", *MODIFIERS])
    tails = st.sampled_from([".a", ".0", ".no:lower"])
    related = [
        f"{relation.name}.{field}"
        for relation in collection.relations
        for target in world.collections
        if target.id == relation.collection_id
        for field in target.field_names
    ]
    through = st.sampled_from(related)
    sent = st.one_of(
        st.builds("@request.body.{}{}".format, fields, modifiers),
        st.builds("@request.body.{}{}".format, plain, tails),
        st.builds("@request.body.{}{}".format, through, st.sampled_from(MODIFIERS)),
    )
    return _expressions(_operands(world, name, sent))


def soups() -> Text:
    """Words of the language in any order."""
    return st.lists(st.sampled_from(SOUP), max_size=7).map(" ".join) | st.lists(
        st.sampled_from(SOUP), max_size=5
    ).map("".join)


@cache
def sorts(world: World, name: str) -> Text:
    """A sort of up to three terms, then by id, so that there are no ties."""
    paths = _paths(world, name)
    term = st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "-", "+", " "]),
        st.one_of(*[paths] * 20, st.sampled_from(["@rowid", "no", "", "@now", "@random.x"])),
        st.sampled_from(["", "", " "]),
    )
    return st.lists(term, max_size=3).map(lambda terms: ",".join([*terms, "id"]))


def _expressions(operands: Text) -> Text:
    comparison = st.builds(
        "{} {}{} {}".format,
        operands,
        st.sampled_from(["", "", "", "?"]),
        st.sampled_from(OPERATORS),
        operands,
    )
    return st.recursive(
        comparison,
        lambda inner: (
            st.builds("{}{}{}".format, inner, st.sampled_from([" && ", " || "]), inner)
            | st.builds("({})".format, inner)
        ),
        max_leaves=4,
    )


def _operands(world: World, name: str, more: Text) -> Text:
    paths = _paths(world, name)
    others = st.sampled_from([each.name for each in world.collections]).flatmap(
        lambda other: st.builds(
            "@collection.{}{}.{}".format,
            st.just(other),
            st.sampled_from(["", "", f":of_{other}"]),
            _paths(world, other, hops=1),
        )
    )
    requested = st.sampled_from([f"@request.{each}" for each in REQUESTED])
    return st.one_of(paths, paths, paths, _literals(world), _calls(paths), others, requested, more)


@cache
def _paths(world: World, name: str, hops: int = 3) -> Text:
    by_hops = world.paths[name][: hops + 1]
    path = st.one_of(*(_one_of(paths) for paths in by_hops))
    return st.builds("{}{}".format, path, st.sampled_from(MODIFIERS))


def _one_of(texts: list[str]) -> Text:
    """Like sampled_from, whose description of itself would hold all texts."""
    return st.integers(0, len(texts) - 1).map(lambda index: texts[index])


def _literals(world: World) -> Text:
    ids = [each for some in world.ids.values() for each in some]
    texts = st.sampled_from(values.TEXTS) | st.sampled_from(values.DATES)
    return st.one_of(
        texts.map(quoted),
        texts.map(quoted),
        st.sampled_from(ids or [""]).map(quoted),
        st.sampled_from(NUMBERS),
        st.sampled_from(["null", "true", "false"]),
        st.sampled_from(MACROS),
    )


def _calls(paths: Text) -> Text:
    numbers = st.sampled_from(NUMBERS) | paths
    shifts = st.lists(st.sampled_from(SHIFTS), max_size=2).map(
        lambda given: "".join(f", {quoted(each)}" for each in given)
    )
    moments = paths | st.sampled_from(values.DATES).map(quoted) | st.sampled_from(["@now", "0"])
    return st.builds(
        "geoDistance({}, {}, {}, {})".format, numbers, numbers, numbers, numbers
    ) | st.builds(
        "strftime({}, {}{})".format, st.sampled_from(FORMATS).map(quoted), moments, shifts
    )
