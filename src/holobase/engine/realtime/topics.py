"""Topics: what a client subscribes to, as the text that it sent.

`COLLECTION/*` (or `COLLECTION`, as it once was) are all records of a collection, `COLLECTION/ID` is
one of them. `?options=` and JSON may follow: the query and the headers that rules see, and the
`filter`, `expand` and `fields` of the messages. Everything else is a text that something else may
be sent under.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import msgspec

TOPICS_MAX: Final = 1_000
"""Topics of one client, as in the reference."""

TOPIC_BYTES_MAX: Final = 2_500
"""Longest topic, as in the reference."""

CLIENT_BYTES_MAX: Final = 32 * 1024 * 1024
"""Topics of one client: a thousand with filters of 300 characters, or 130 with the longest; so that
it takes many to leave no room for others."""

OPTIONS_FACTOR: Final = 100
"""How many bytes each character of a topic's options may take: a filter is compiled, and a chain of
comparisons of 2,250 characters was measured to take 279 kB."""

ALL: Final = "/*"
OPTIONS: Final = b"options"

BROADCAST: Final = "@broadcast/"
PRESENCE: Final = "@presence/"
"""What the topics of rooms begin with."""

_LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f]")
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORDS = re.compile(r"[^a-zA-Z0-9]+")


class Topic(msgspec.Struct, frozen=True):
    """A topic, taken apart. `name` is what stands before the options."""

    text: str
    name: str
    query: Mapping[str, str] = msgspec.field(default_factory=dict)
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def is_sendable(self) -> bool:
        """Whether it fits the line of a message: one that holds a line break can never be told."""
        return _LINE_BREAKS.search(self.text) is None

    def message(self, data: bytes) -> bytes:
        """A message under this topic, but for the line with its id."""
        return b"event:%b\ndata:%b\n\n" % (self.text.encode(), data)


def bytes_of(texts: Iterable[str]) -> int:
    """About what topics take in memory once they are judged."""
    parts = (text.partition("?") for text in texts)
    return sum(len(name) + OPTIONS_FACTOR * len(options) for name, _, options in parts)


def parse_topic(text: str) -> Topic:
    """Takes a topic apart; options that cannot be read are none."""
    name, mark, rest = text.partition("?")
    if not mark or _LINE_BREAKS.search(text):
        return Topic(text, name)
    options = _options(rest.partition("#")[0])
    headers = {_snake_case(name): value for name, value in _texts(options.get("headers")).items()}
    return Topic(text, name, _texts(options.get("query")), headers)


def _options(query: str) -> Mapping[str, Any]:
    for pair in query.encode().split(b"&"):
        key, _, value = pair.partition(b"=")
        if key == OPTIONS and b";" not in pair:
            try:
                found = msgspec.json.decode(unquote_to_bytes(value.replace(b"+", b" ")))
            except (msgspec.DecodeError, RecursionError):
                return {}
            return found if isinstance(found, dict) else {}
    return {}


def _texts(values: Any) -> dict[str, str]:
    """The values as texts, as query parameters are; what is no single value is an empty one."""
    return {name: _text(value) for name, value in values.items()} if _is_map(values) else {}


def _is_map(values: Any) -> bool:
    return isinstance(values, dict)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else ""


def _snake_case(name: str) -> str:
    """`X-Token` as rules name it: `x_token`."""
    return "_".join(filter(None, _NOT_WORDS.split(_WORD_STARTS.sub("_", name)))).lower()
