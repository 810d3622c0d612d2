"""Where an account logs in from: known places, and the first sight of a new one."""

import hashlib
from html import escape

from holobase.domain.principal import AUTH_ORIGINS, Request
from holobase.domain.record import Record
from holobase.engine.accounts.belongings import belongings
from holobase.engine.catalogue import Definition
from holobase.engine.mail.compose import Occasion
from holobase.engine.unit import Unit
from holobase.kit import dates
from holobase.kit.addresses import spelled
from holobase.ports.command import Command

ORIGINS_MAX = 5
"""Places remembered of one account, as in the reference; the oldest makes room."""

ALERT_SECONDS = 86_400
"""How long an alert is tried to be sent; later it would only confuse."""

DEVICE_BYTES_MAX = 200
"""What counts of a device's name for itself; the reference's limit, so that imported ones fit."""


def fingerprint(request: Request) -> str:
    """What tells one place from another: the address and the client's name for itself, hashed as
    the reference hashes them."""
    device = device_of(request)
    hashed = hashlib.md5(f"{address_of(request)}{device}".encode(), usedforsecurity=False)
    return hashed.hexdigest()


def address_of(request: Request) -> str:
    """The caller's address, IPv6 in full."""
    return spelled(request.address) or request.address


def device_of(request: Request) -> str:
    """The client's name for itself as it came, cut where it is long."""
    whole = request.headers.get("user_agent", request.device).encode("utf-8", "replace")
    if len(whole) <= DEVICE_BYTES_MAX:
        return whole.decode()
    return whole[:DEVICE_BYTES_MAX].decode("utf-8", "replace") + "..."


def remember(unit: Unit, account: Record, mark: str) -> Command[bool]:
    """Remembers a login from a place; whether it is a new one beside others."""
    known = yield from belongings(unit, AUTH_ORIGINS, account.collection_id, account.id)
    for origin in known:
        if origin.values["fingerprint"] == mark:
            yield from unit.update(AUTH_ORIGINS, origin.id, {})
            return False
    for origin in known[: max(0, len(known) + 1 - ORIGINS_MAX)]:
        yield from unit.delete(AUTH_ORIGINS, origin.id)
    owner = {"collectionRef": account.collection_id, "recordRef": account.id}
    yield from unit.create(AUTH_ORIGINS, {**owner, "fingerprint": mark})
    return bool(known)


def is_known(unit: Unit, owner: tuple[str, str], mark: str) -> Command[bool]:
    """Whether somebody has logged in from a place before, to an account of a collection."""
    known = yield from belongings(unit, AUTH_ORIGINS, *owner)
    return any(origin.values["fingerprint"] == mark for origin in known)


def alert(definition: Definition, account: Record, request: Request, now: int) -> Occasion:
    """The mail about a login from a new place."""
    where = f"{dates.from_milliseconds(now)} - {address_of(request)} {device_of(request)}"
    language = request.headers.get("accept_language", "")
    values = {"ALERT_INFO": escape(where)}
    return Occasion("login-alert", definition, account, values, now, language=language)
