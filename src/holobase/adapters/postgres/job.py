"""A command on its way through a group."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from holobase.ports.command import Command

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Job(Generic[T]):
    """A command that waits for its commit."""

    command: Callable[[], Command[T]]
    future: "asyncio.Future[T] | None" = None
    result: Any = None
    error: BaseException | None = None

    def answer(self) -> None:
        """Answers the waiter, if there still is one."""
        if self.future is None or self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)
