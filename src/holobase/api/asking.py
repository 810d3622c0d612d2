"""From an HTTP exchange to the request that rules see, and the query parameters many share."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from holobase.api.exchange import Exchange
from holobase.domain.errors import BadRequest, Unauthenticated
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.accounts.principals import Principals
from holobase.engine.expand import ExpandTree, parse_expand
from holobase.engine.pick import Tree, parse_fields, pick
from holobase.kit import json
from holobase.ports.clock import Clock

INTEGER_MAX = 2**63 - 1
"""Largest number of a parameter; what the reference counts with."""

_BOOLS = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}


class RuleHeaders(Mapping[str, str]):
    """Headers as rules name them (`X-Token` is `x_token`), made only when a rule looks."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def __getitem__(self, name: str) -> str:
        return self._headers[name.replace("_", "-")]

    def __iter__(self) -> Iterator[str]:
        return (name.replace("-", "_") for name in self._headers)

    def __len__(self) -> int:
        return len(self._headers)


async def request_of(exchange: Exchange, principals: Principals, clock: Clock) -> Request:
    """Who asks and with what. A missing or bad token makes a guest, never an error."""
    token = exchange.token
    known = await principals.resolve(token) if token else None
    return Request(
        auth=known.record if known else None,
        method=exchange.method,
        query=exchange.query,
        headers=RuleHeaders(exchange.headers),
        now=clock(),
        id=exchange.id,
        address=exchange.address,
        device=exchange.device,
        session=known.session if known else "",
    )


def account_of(exchange: Exchange) -> Record:
    """The account that asks. Raises Unauthenticated for guests."""
    if exchange.request.auth is None:
        raise Unauthenticated("token_required")
    return exchange.request.auth


def integer(exchange: Exchange, name: str, default: int) -> int:
    """A whole-number parameter. Raises BadRequest for anything else."""
    text = exchange.query.get(name, "")
    if not text:
        return default
    digits = text[1:] if text[0] in "+-" else text
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        raise BadRequest("bad_query")
    value = int(text)
    if not -INTEGER_MAX - 1 <= value <= INTEGER_MAX:
        raise BadRequest("bad_query")
    return value


def boolean(exchange: Exchange, name: str, *, default: bool = False) -> bool:
    """A bool parameter. Raises BadRequest for anything else."""
    text = exchange.query.get(name, "")
    if not text:
        return default
    if text not in _BOOLS:
        raise BadRequest("bad_query")
    return _BOOLS[text]


def expand_of(exchange: Exchange) -> ExpandTree | None:
    """What the `expand` parameter asks for."""
    text = exchange.query.get("expand", "")
    return parse_expand(text) if text else None


def fields_of(exchange: Exchange) -> Tree | None:
    """What the `fields` parameter picks. Raises BadRequest for bad modifiers."""
    text = exchange.query.get("fields", "")
    return parse_fields(text) if text else None


def picked(members: Any, tree: Tree | None) -> bytes:
    """An answer as JSON bytes, with only what the `fields` parameter picked."""
    body = json.encode(members)
    return body if tree is None else json.encode(pick(msgspec.json.decode(body), tree))
