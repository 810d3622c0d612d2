"""`/api/oauth2-redirect`: where providers send people back to, and what becomes of the code they
bring: it goes to the page that waits for it over realtime. And Apple's client secrets.
"""

from typing import Final

import msgspec

from holobase.api import asking, bodies
from holobase.api.exchange import Exchange, pairs_of
from holobase.domain.errors import BadRequest, TooLarge, Unavailable
from holobase.engine.application import Application
from holobase.engine.oauth2 import apple
from holobase.engine.oauth2.apple import SecretRequest
from holobase.kit.json import Json, MalformedJson

BODY_BYTES_MAX = 64 * 1024
"""A code, a state and a name; a key."""

TOPIC: Final = "@oauth2"
"""What a page listens to while it waits."""

_PARTS: Final = ("state", "code", "error", "user")
_SUCCESS: Final = b"../_/#/auth/oauth2-redirect-success"
_FAILURE: Final = b"../_/#/auth/oauth2-redirect-failure"


class OAuth2Endpoints:
    """The endpoints of logins by other services that belong to no collection."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def redirect(self, exchange: Exchange) -> None:
        """GET or POST: hands the code to the page that waits for it, and shows how it went."""
        told = await _told(exchange)
        is_done = await self._hand_over(told, exchange.address)
        status = 307 if exchange.method in ("GET", "HEAD") else 303
        where = _SUCCESS if is_done else _FAILURE
        await exchange.answer(status, headers=((b"location", where),))

    async def apple_secret(self, exchange: Exchange) -> None:
        """POST: a client secret for Apple, made of the ids and the key that it gave."""
        body = await bodies.read_map(exchange, BODY_BYTES_MAX)
        fields = asking.fields_of(exchange)
        try:
            wanted = msgspec.convert(body, SecretRequest)
        except msgspec.ValidationError as error:
            raise BadRequest("malformed_body") from error
        secret = apple.client_secret(wanted, self._application.kernel.clock())
        await exchange.answer(200, asking.picked({"secret": secret}, fields))

    async def _hand_over(self, told: dict[str, str], address: str) -> bool:
        """Whether somebody waits for this, and there is something to wait for."""
        state, code, error = told.get("state", ""), told.get("code", ""), told.get("error", "")
        if not state:
            return False
        if told.get("user") and code and not error:
            code = apple.with_name(code, told["user"], self._application.kernel.sealer)
        data: dict[str, Json] = {"state": state, "code": code}
        if error:
            data["error"] = error
        try:
            is_sent = await self._application.realtime.send(state, TOPIC, data, address)
        except Unavailable:
            return False
        return is_sent and bool(code) and not error


async def _told(exchange: Exchange) -> dict[str, str]:
    """What the provider says: in the query, or in a form where it posts. Nothing where it cannot be
    read: people are shown a page, whatever happens."""
    if exchange.method != "POST":
        return {name: exchange.query.get(name, "") for name in _PARTS}
    kind = exchange.headers.get("content-type", "")
    try:
        body = await exchange.body(BODY_BYTES_MAX)
        found = bodies.json_map(body) if kind.startswith(bodies.JSON) else dict(pairs_of(body))
    except (MalformedJson, TooLarge, ValueError):
        return {}
    texts = {name: found.get(name) for name in _PARTS}
    return {name: text for name, text in texts.items() if isinstance(text, str)}
