"""Who asks: a guest until it is found out, and kept with the exchange, which is gone when it is
answered."""

import gc
import weakref
from typing import Any

from holobase.api import asking
from holobase.api.exchange import Exchange


class Receive:
    """What an exchange reads from."""

    async def __call__(self) -> Any:
        raise AssertionError("nobody asks for the body of a request without one")


async def test_an_exchange_is_gone_without_a_look_for_garbage() -> None:
    receive, nobody = Receive(), object()
    headers = [(b"x-token", b"abc"), (b"x-token", b"later")]
    scope = {"method": "GET", "query_string": b"", "headers": headers, "client": ("::1", 1)}
    exchange = Exchange(scope, receive, receive)  # type: ignore[arg-type]
    assert exchange.request.auth is None
    request = await asking.request_of(exchange, nobody, lambda: 7)  # type: ignore[arg-type]
    exchange.request = request
    assert dict(request.headers) == {"x_token": "abc"}
    left = weakref.ref(receive)
    gc.disable()
    try:
        del exchange, receive, request
        assert left() is None
    finally:
        gc.enable()
