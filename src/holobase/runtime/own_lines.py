"""What the program says of itself, beside the requests in their log, as PocketBase keeps it: there
whoever looks after an instance from afar sees what went wrong where nobody waited.
"""

import logging as python_logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from holobase.domain.request_logs import DEBUG, ERROR, INFO, WARN
from holobase.engine.request_logs import RequestLogs
from holobase.runtime import logging

ELSEWHERE: Final = ("holobase.api", "holobase.requests")
"""Loggers whose lines are not: a request that fails is in the log by itself, and a log that cannot
be written to would tell itself so for ever."""


@contextmanager
def kept(logs: RequestLogs) -> Iterator[None]:
    """Keeps what is said by this process for the length of the block."""
    handler, root = _Handler(logs), python_logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


class _Handler(python_logging.Handler):
    def __init__(self, logs: RequestLogs) -> None:
        super().__init__()
        self._logs = logs

    def emit(self, record: python_logging.LogRecord) -> None:
        """Notes a line, where the settings of the instance want its level."""
        level = _level(record.levelno)
        if record.name in ELSEWHERE or not self._logs.wants(level):
            return
        data = {name: _shown(each) for name, each in logging.fields_of(record).items()}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            data["error"] = f"{type(error).__name__}: {error}"
        data["logger"] = record.name
        self._logs.note(level, record.getMessage(), data)


def _level(number: int) -> int:
    """A level of Python's as the log knows it."""
    if number >= python_logging.ERROR:
        return ERROR
    if number >= python_logging.WARNING:
        return WARN
    return INFO if number >= python_logging.INFO else DEBUG


def _shown(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
