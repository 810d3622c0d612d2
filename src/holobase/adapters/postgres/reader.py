"""Reading: a few connections, each with the statements that it has prepared. Reads that take long
have connections of their own: whoever asks for much waits behind others who do."""

import asyncio
import contextlib
import time
from typing import Any

import asyncpg

from holobase.adapters.postgres.address import Address
from holobase.adapters.postgres.connect import Connection, connect, tuples
from holobase.adapters.postgres.failures import is_outage
from holobase.adapters.slow_statements import Remembered
from holobase.domain.errors import BadRequest, TooSlow, Unavailable

CONNECTIONS_MAX = 8
"""Reads that one process has running at once; more would only wait for the server's cores."""

QUICK_SECONDS_MAX = 0.5
"""What a read may take on one of them; past it, it begins anew among the slow ones."""

SLOW_CONNECTIONS_MAX = 2
"""Reads that take longer and run at once."""

SLOW_REMEMBERED_SECONDS = 60.0
"""How long a statement that took longer goes straight to the slow ones, if it stays slow."""

WAITING_MAX = 5_000
"""Reads that may wait for a connection; past it one is refused at once."""

SCAN_SECONDS_MAX = 10.0
"""Time limit of a read, and of waiting among the slow ones; past it the caller is told to ask for
less."""

ANSWER_SECONDS_MAX = 15.0
"""Past it a connection that does not answer is given up: the server itself stops reads sooner."""

RECONNECT_SECONDS = 3.0
"""How long a read waits for a server that went away."""

PAUSE_SECONDS = 0.05
"""Between two tries to read; the first new one is at once."""


class Reads:
    """All reads of one process but those of the log."""

    def __init__(self, address: Address) -> None:
        self._quick = Reader(address, CONNECTIONS_MAX, QUICK_SECONDS_MAX)
        self._slow = Reader(address, SLOW_CONNECTIONS_MAX, SCAN_SECONDS_MAX)
        self._known_slow = Remembered(SLOW_REMEMBERED_SECONDS)

    async def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows. Raises Unavailable past the time limit, or where there is no server."""
        if sql not in self._known_slow:
            try:
                return await self._quick.fetch(sql, *values)
            except TooSlow:
                self._known_slow.add(sql)
        began = time.monotonic()
        try:
            async with asyncio.timeout(SCAN_SECONDS_MAX):
                found = await self._slow.fetch(sql, *values)
        except TimeoutError as error:
            raise TooSlow("the query took too long") from error
        if time.monotonic() - began < QUICK_SECONDS_MAX:
            self._known_slow.discard(sql)  # it waited for a lock, or was asked for less this time
        return found

    async def close(self) -> None:
        """Waits for running reads and closes the connections."""
        await self._quick.close()
        await self._slow.close()


class Reader:
    """Runs statements outside of any transaction, on so many connections."""

    def __init__(
        self, address: Address, connections: int, seconds_max: float = SCAN_SECONDS_MAX
    ) -> None:
        self._address = address
        self._connections = connections
        self._seconds_max = seconds_max
        self._slots = asyncio.Semaphore(connections)
        self._free: list[Connection] = []
        self._waiting = 0
        self._is_closed = False

    async def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows. Raises Unavailable past the time limit, or where there is no server."""
        if self._waiting >= WAITING_MAX or self._is_closed:
            raise Unavailable("too many reads are waiting")
        self._waiting += 1
        try:
            async with self._slots:
                return await self._read(sql, values)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Waits for running reads and closes the connections. More than once is once."""
        for _ in range(self._connections):
            await self._slots.acquire()
        self._is_closed = True
        for connection in self._free:
            with contextlib.suppress(Exception):
                await connection.close(timeout=1)
        self._free.clear()
        for _ in range(self._connections):
            self._slots.release()

    async def _read(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        deadline = time.monotonic() + RECONNECT_SECONDS
        pause = 0.0
        while True:
            try:
                return await self._read_once(sql, values)
            except asyncpg.QueryCanceledError as error:
                raise TooSlow("the query took too long") from error
            except asyncpg.NumericValueOutOfRangeError as error:
                raise BadRequest("bad_query") from error  # the sum of a view
            except Exception as error:
                if not is_outage(error):
                    raise
                if time.monotonic() > deadline:
                    raise Unavailable("the database cannot be reached") from error
                self._drop_closed()
            await asyncio.sleep(pause)
            pause = PAUSE_SECONDS

    async def _read_once(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        connection = self._free.pop() if self._free else await self._connect()
        try:
            return tuples(await connection.fetch(sql, *values))
        except TimeoutError:
            connection.terminate()
            raise
        finally:
            if not connection.is_closed():
                self._free.append(connection)

    async def _connect(self) -> Connection:
        limit = f"{int(self._seconds_max * 1000)}ms"
        return await connect(self._address, ANSWER_SECONDS_MAX, statement_timeout=limit)

    def _drop_closed(self) -> None:
        self._free = [each for each in self._free if not each.is_closed()]
