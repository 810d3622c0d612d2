"""bcrypt, in threads of its own: a hash takes tens of milliseconds that nobody else waits for."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import bcrypt

from holobase.domain.errors import Unavailable
from holobase.domain.fields import PasswordField
from holobase.kit import ids

T = TypeVar("T")

COST_DEFAULT = 10
BYTES_MAX = 72
"""bcrypt reads no further; verifying cuts there in silence, as the reference does."""

PREFIX = b"2a"
DIGEST_LENGTH = 31
DIGEST_ALPHABET = "./" + ids.ALPHANUMERIC


class Passwords:
    """Hashes and verifies, `threads` at a time; refuses when `waiting_max` already wait."""

    def __init__(self, threads: int, waiting_max: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="bcrypt")
        self._waiting_max = waiting_max
        self._waiting = 0

    async def hash(self, plain: str, field: PasswordField) -> str:
        """The bcrypt hash at the field's cost."""
        salt = bcrypt.gensalt(field.cost or COST_DEFAULT, prefix=PREFIX)
        return (await self._run(partial(bcrypt.hashpw, plain.encode(), salt))).decode()

    async def verify(self, plain: str, hashed: str, cost: int = 0) -> bool:
        """Whether the text is the one that was hashed.

        Without a hash it never is, and finding that out takes as long as at `cost`: time does not
        tell who has an account.
        """
        compared = hashed or _of_nobody(cost)
        checked = partial(bcrypt.checkpw, plain.encode()[:BYTES_MAX], compared.encode())
        try:
            return await self._run(checked) and bool(hashed)
        except ValueError:  # not a bcrypt hash
            return False

    async def _run(self, work: "partial[T]") -> T:
        if self._waiting >= self._waiting_max:
            raise Unavailable("too many passwords are being checked")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Waits for running work."""
        self._threads.shutdown(wait=True)


def unknowable(cost: int = 0) -> str:
    """A hash of no password that anybody knows or could find, for an account that nobody shall log
    in to by one: it is made of nothing, so it costs nothing."""
    salt = bcrypt.gensalt(cost or COST_DEFAULT, prefix=PREFIX).decode()
    return salt + ids.random_text(DIGEST_LENGTH, DIGEST_ALPHABET)


def _of_nobody(cost: int) -> str:
    """A well-formed hash of no password that anybody knows."""
    return f"$2a${cost or COST_DEFAULT:02d}${'.' * 53}"
