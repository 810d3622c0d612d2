"""A connection by itself: one timer for its life, answers in one piece, and what is no header."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from holobase.runtime.connection import Connection, Terms, line

IDLE_SECONDS = 75
REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"


class Timer:
    """What a clock gives for a call to come."""

    is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Clock:
    """An event loop as far as a connection needs one: its time is set, its tasks run at once."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, act: Callable[[], None]) -> Timer:
        self.timers.append((self.now + seconds, act))
        return Timer()

    def get_debug(self) -> bool:
        return False

    def create_task(self, running: Coroutine[Any, Any, None]) -> Any:
        with pytest.raises(StopIteration):
            running.send(None)
        return asyncio.Future(loop=self)  # type: ignore[arg-type]

    def pass_seconds(self, seconds: float) -> None:
        self.now += seconds
        due = [act for moment, act in self.timers if moment <= self.now]
        self.timers = [timer for timer in self.timers if timer[0] > self.now]
        for act in due:
            act()


class Wire(asyncio.Transport):
    """What was written, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.is_closed = False

    def write(self, data: Any) -> None:
        self.pieces.append(data)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


async def hello(scope: Any, receive: Any, send: Any) -> None:
    headers = [(b"content-length", b"5"), (b"x-path", scope["raw_path"])]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


def connected(clock: Clock, terms: Terms, app: Any = hello) -> tuple[Connection, Wire]:
    config = uvicorn.Config(app, loop="none", lifespan="off", interface="asgi3", log_config=None)
    config.load()
    wire = Wire()
    connection = Connection(
        terms,
        config=config,
        server_state=ServerState(),
        app_state={},
        _loop=clock,
    )
    connection.timeout_keep_alive = IDLE_SECONDS
    connection.connection_made(wire)
    return connection, wire


def test_head_and_body_leave_in_one_piece_and_are_counted_once() -> None:
    told: list[int] = []
    connection, wire = connected(Clock(), Terms(1_000, on_answer=told.append))
    connection.data_received(REQUEST)
    assert wire.pieces == [
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-path: /\r\n\r\nhello",
    ]
    assert told == [200]


def test_an_answered_request_is_gone_without_a_look_for_garbage() -> None:
    cycles: list[weakref.ref[Any]] = []

    async def noted(scope: Any, receive: Any, send: Any) -> None:
        cycles.append(weakref.ref(send.__self__))
        await hello(scope, receive, send)

    connection, _ = connected(Clock(), Terms(1_000), noted)
    gc.disable()
    try:
        for _ in range(3):
            connection.data_received(REQUEST)
        assert [cycle() is None for cycle in cycles] == [True, True, False]
    finally:
        gc.enable()


def test_an_idle_connection_is_closed_and_one_in_use_is_not() -> None:
    clock = Clock()
    connection, wire = connected(clock, Terms(1_000))
    for _ in range(50):
        connection.data_received(REQUEST)
        clock.pass_seconds(IDLE_SECONDS - 1)
        assert not wire.is_closed and len(clock.timers) == 1
    clock.pass_seconds(1)
    assert wire.is_closed and not clock.timers


def test_a_request_that_takes_its_time_is_not_idle() -> None:
    clock = Clock()
    connection, wire = connected(clock, Terms(1_000))
    connection.data_received(REQUEST)
    connection.data_received(REQUEST[:10])
    clock.pass_seconds(10 * IDLE_SECONDS)
    assert not wire.is_closed


def test_a_timer_ends_with_its_connection() -> None:
    connection, _ = connected(Clock(), Terms(1_000))
    connection.data_received(REQUEST)
    timer: Any = connection.timeout_keep_alive_task
    connection.connection_lost(None)
    assert timer.is_cancelled


@pytest.mark.parametrize(
    "name, value", [(b"x", b"a\r\nset-cookie: b"), (b"x\r\ny", b"a"), (b"x", b"\x00")]
)
def test_what_would_break_an_answer_is_no_header(name: bytes, value: bytes) -> None:
    with pytest.raises(RuntimeError):
        line(name, value)
