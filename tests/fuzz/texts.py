"""Random filters, sorts, expands and field lists: well-formed ones, damaged ones, and noise.

Every literal carries `MARK`, so that one that got into a statement unbound is seen there.
"""

from random import Random
from typing import Final

MARK: Final = "zqx"
"""Begins every text literal; no name contains it."""
NUMBER: Final = "918273"
"""Begins every number literal."""

_NAMES: Final = (
    *("id", "title", "author", "author.name", "author.email", "author.team.owner.name"),
    *("editors", "editors.name", "editors.team.name", "editors.roles.permissions", "kind", "tags"),
    *("meta", "meta.a", "meta.b.c", "meta.0", "score", "active", "due", "place", "place.lon"),
    *("comments_via_post.text", "comments_via_post.author.name", "author.posts_via_editors.title"),
    *("author.profiles_via_user.bio", "author.settings.theme", "author.secret", "author.admin"),
    *("@request.auth.id", "@request.auth.team.name", "@request.auth.posts_via_author.id"),
    *("@request.body.title", "@request.body.author.name", "@request.body.editors.name"),
    *("@request.query.a", "@request.method", "@request.headers.x_token", "@request.context"),
    *("@collection.users.name", "@collection.posts:other.author", "@collection.roles.permissions"),
    *("@now", "@yesterday", "@todayEnd", "nothing", "a.b.c"),
)
_MODIFIERS: Final = (*([""] * 12), ":each", ":length", ":lower", ":isset", ":changed", ":none")
_OPERATORS: Final = ("=", "!=", ">", ">=", "<", "<=", "~", "!~")
_JOINTS: Final = (" && ", " || ", "&&", "||", " \n&& ")
_NOISE: Final = (
    *"()[]{}'\"`\\.,:;@?=!<>~&|+-*/%_$#\x00\n\t é漢\U0001f600",
    *("//", "/*", "--", "NULL", "true", "\\u0000", "'; DROP TABLE users; --", '" OR ""="', "%s"),
    *("geoDistance(", "strftime(", "excerpt(", "*", "_via_", "@request.", "@collection."),
)
DEPTH_MAX: Final = 4


def filter_text(random: Random) -> str:
    """A filter; one in three is damaged, one in ten is noise."""
    if random.random() < 0.1:
        return _noise(random, 40)
    text = _expression(random, DEPTH_MAX)
    return _damaged(random, text) if random.random() < 0.34 else text


def sort_text(random: Random) -> str:
    """A sort."""
    terms = [
        random.choice(("", "-", "+")) + random.choice((*_NAMES, "@random", "@rowid"))
        for _ in range(random.randint(1, 4))
    ]
    text = random.choice((",", ", ")).join(terms)
    return _damaged(random, text) if random.random() < 0.34 else text


def path_list(random: Random) -> str:
    """A list of paths, as `expand` and `fields` take it."""
    tails = ("", "", ".*", ".expand", f":excerpt({NUMBER},true)", ":excerpt(3)", ":lower")
    paths = [random.choice(_NAMES) + random.choice(tails) for _ in range(random.randint(1, 6))]
    text = ",".join(paths)
    return _damaged(random, text) if random.random() < 0.34 else text


def _expression(random: Random, depth: int) -> str:
    parts = [
        f"({_expression(random, depth - 1)})"
        if depth and random.random() < 0.3
        else _comparison(random)
        for _ in range(random.choice((1, 1, 2, 2, 3, 5)))
    ]
    text = parts[0]
    for part in parts[1:]:
        text += random.choice(_JOINTS) + part
    return text


def _comparison(random: Random) -> str:
    operator = random.choice(("", "", "?")) + random.choice(_OPERATORS)
    blank = random.choice(("", " "))
    return f"{_operand(random)}{blank}{operator}{blank}{_operand(random)}"


def _operand(random: Random) -> str:
    kind = random.random()
    if kind < 0.55:
        return random.choice(_NAMES) + random.choice(_MODIFIERS)
    if kind < 0.75:
        return _literal(random)
    if kind < 0.85:
        return random.choice(("", "-")) + NUMBER + random.choice(("", ".5", "000"))
    if kind < 0.92:
        return random.choice(("true", "false", "null", "''", '""', "NULL", "True"))
    if kind < 0.96:
        return f"geoDistance(place.lon, place.lat, {NUMBER}, {NUMBER}.5)"
    return f"strftime('{MARK}%Y', created, '{MARK}+1 day')"


def _literal(random: Random) -> str:
    quote = random.choice("'\"")
    inside = random.choice(("", "%", "_", "\\'", '\\"', "\\\\", "é", "漢字", "2024-01-01", " "))
    return f"{quote}{MARK}{inside}{quote}"


def _damaged(random: Random, text: str) -> str:
    for _ in range(random.randint(1, 4)):
        place = random.randint(0, len(text))
        gone = random.choice((0, 0, 1, 3))
        text = text[:place] + random.choice((*_NOISE, "")) + text[place + gone :]
    return text


def _noise(random: Random, length: int) -> str:
    parts = (*_NOISE, *_NAMES, *_OPERATORS, MARK, NUMBER)
    return "".join(random.choice(parts) for _ in range(random.randint(0, length)))
