"""What the program says of itself, beside the requests in their log, as PocketBase keeps it: there
whoever looks after an instance from afar sees what went wrong where nobody waited.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from holobase.domain.request_logs import DEBUG, ERROR, INFO, WARN
from holobase.engine.request_logs import RequestLogs

ELSEWHERE: Final = ("holobase.api", "holobase.requests")
"""Loggers whose lines are not: a request that fails is in the log by itself, and a log that cannot
be written to would tell itself so for ever."""

_ALREADY_TOLD: Final = frozenset({"event", "level", "logger", "exc_info"})


@contextmanager
def kept(logs: RequestLogs) -> Iterator[None]:
    """Keeps what is said by this process for the length of the block."""
    handler, root = _Handler(logs), logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


class _Handler(logging.Handler):
    def __init__(self, logs: RequestLogs) -> None:
        super().__init__()
        self._logs = logs

    def emit(self, record: logging.LogRecord) -> None:
        """Notes a line, where the settings of the instance want its level."""
        level = _level(record.levelno)
        if record.name in ELSEWHERE or not self._logs.wants(level):
            return
        said: dict[str, Any] = record.msg if isinstance(record.msg, dict) else {}
        data = {name: _shown(each) for name, each in said.items() if name not in _ALREADY_TOLD}
        error = said.get("exc_info") or (record.exc_info or (None, None))[1]
        if isinstance(error, BaseException):
            data["error"] = f"{type(error).__name__}: {error}"
        data["logger"] = record.name
        message = str(said["event"]) if "event" in said else record.getMessage()
        self._logs.note(level, message, data)


def _level(number: int) -> int:
    """A level of Python's as the log knows it."""
    if number >= logging.ERROR:
        return ERROR
    if number >= logging.WARNING:
        return WARN
    return INFO if number >= logging.INFO else DEBUG


def _shown(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
