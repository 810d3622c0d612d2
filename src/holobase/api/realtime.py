"""`/api/realtime`: connecting, and saying what to listen to."""

from holobase.api import asking, bodies
from holobase.api.exchange import Exchange
from holobase.api.origins import Header
from holobase.domain.errors import BadRequest, ErrorTree, FieldError, Invalid
from holobase.engine.application import Application
from holobase.engine.realtime import (
    CLIENT_BYTES_MAX,
    TOPIC_BYTES_MAX,
    TOPICS_MAX,
    Realtime,
    bytes_of,
)
from holobase.kit.json import Json

BODY_BYTES_MAX = 4 * 1024 * 1024
"""As many topics as are allowed, each as long as it may be, and room to spare."""

BROADCAST_BYTES_MAX = 64 * 1024
"""Sixteen times what may be said at once, however it is spelled."""

CLIENT_ID_LENGTH_MAX = 255
"""Longest text that is looked at as a client's id, as in the reference."""

STREAM: tuple[Header, ...] = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


class RealtimeEndpoints:
    """The endpoints of realtime."""

    def __init__(self, application: Application) -> None:
        self._application = application

    @property
    def _realtime(self) -> Realtime:
        return self._application.realtime

    async def connect(self, exchange: Exchange) -> None:
        """GET: a stream of messages, for as long as both sides want it."""
        pipe = await exchange.stream(STREAM)
        if pipe is None:
            return
        client = await self._realtime.connect(pipe, exchange.address, _since(exchange))
        try:
            await exchange.gone()
        finally:
            self._realtime.leave(client)

    async def subscribe(self, exchange: Exchange) -> None:
        """POST: what a client listens to from now on, and as whom; 204."""
        body = await bodies.read_map(exchange, BODY_BYTES_MAX)
        is_form = not exchange.headers.get("content-type", "").startswith(bodies.JSON)
        client_id, topics = _wanted(body, is_form=is_form)
        await self._realtime.subscribe(client_id, topics, exchange.address, exchange.token)
        await exchange.answer(204)

    async def broadcast(self, exchange: Exchange) -> None:
        """POST: tells everybody in a room something, as the caller; 204."""
        body = await bodies.read_json(exchange, BROADCAST_BYTES_MAX)
        topic = body.get("topic", "")
        if not isinstance(topic, str):
            raise BadRequest("malformed_body")
        self._realtime.broadcast(topic, body.get("data"), asking.account_of(exchange))
        await exchange.answer(204)


def _since(exchange: Exchange) -> str | None:
    """From where on a client wants to be told everything; None where it does not ask for that.

    A browser that reconnects by itself tells the last id it saw, which is not always a position.
    """
    last = exchange.headers.get("last-event-id", "")
    if last.isascii() and last.isdigit():
        return last
    return exchange.query.get("since")


def _wanted(body: dict[str, Json], *, is_form: bool) -> tuple[str, list[str]]:
    """The client's id and the topics. Raises BadRequest and Invalid."""
    client_id, sent = body.get("clientId"), body.get("subscriptions")
    if is_form and not isinstance(sent, list):  # one of them is no list there
        sent = [sent]
    if not (isinstance(client_id, str | None) and isinstance(sent, list | None)):
        raise BadRequest("malformed_body")
    topics = ["" if topic is None else topic for topic in sent or ()]
    if not all(isinstance(topic, str) for topic in topics):
        raise BadRequest("malformed_body")
    errors = _errors(client_id or "", topics)
    if errors:
        raise Invalid("malformed_body", errors)
    if bytes_of(set(topics)) > CLIENT_BYTES_MAX:
        raise BadRequest("realtime_too_much")
    return client_id or "", topics


def _errors(client_id: str, topics: list[str]) -> dict[str, FieldError | ErrorTree]:
    errors: dict[str, FieldError | ErrorTree] = {}
    if not client_id:
        errors["clientId"] = FieldError("validation_required")
    elif len(client_id.encode()) > CLIENT_ID_LENGTH_MAX:
        params = {"min": 1, "max": CLIENT_ID_LENGTH_MAX}
        errors["clientId"] = FieldError("validation_length_out_of_range", params)
    if len(topics) > TOPICS_MAX:
        errors["subscriptions"] = _too_long(TOPICS_MAX)
        return errors
    too_long = {
        str(number): _too_long(TOPIC_BYTES_MAX)
        for number, topic in enumerate(topics)
        if len(topic.encode()) > TOPIC_BYTES_MAX
    }
    if too_long:
        errors["subscriptions"] = too_long
    return errors


def _too_long(longest: int) -> FieldError:
    return FieldError("validation_length_too_long", {"min": 0, "max": longest})
