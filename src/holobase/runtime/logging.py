"""One pipe for everything that is logged: ours, uvicorn's and other libraries'.

JSON lines with ECS field names for collectors, coloured lines for people. Logs go to standard
error, so that a command's answer on standard output stays clean. Bodies, tokens and the
Authorization header are never passed to a logger; `_hidden` is the net below that rule.
"""

import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from holobase import __version__
from holobase.runtime.settings import LogFormat, LogLevel

ECS_VERSION: Final = "8.17.0"
SERVICE_NAME: Final = "holobase"
LEVELS: Final = {
    "ERROR": logging.ERROR,
    "WARN": logging.WARNING,
    "INFO": logging.INFO,
    "DEBUG": logging.DEBUG,
}
_SPOKEN: Final = {"CRITICAL": "ERROR", "WARNING": "WARN"}
_COLOURS: Final = {"ERROR": "\033[31m", "WARN": "\033[33m", "INFO": "\033[32m"}
_PLAIN: Final = "\033[0m"
_SECRET_WORDS: Final = ("authorization", "cookie", "password", "secret", "token")
_HIDDEN: Final = "[hidden]"


class Log:
    """Says things under a name, with fields by their ECS names: `log.info("…", **{"url.path": p})`.

    The field `exc_info` is the error that was met.
    """

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, message: str, **fields: Any) -> None:
        """For whoever looks closely."""
        self._say(logging.DEBUG, message, fields)

    def info(self, message: str, **fields: Any) -> None:
        """What is as it should be."""
        self._say(logging.INFO, message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        """What heals by itself, or nobody needs."""
        self._say(logging.WARNING, message, fields)

    def error(self, message: str, **fields: Any) -> None:
        """What somebody should look at."""
        self._say(logging.ERROR, message, fields)

    def _say(self, level: int, message: str, fields: dict[str, Any]) -> None:
        if self._logger.isEnabledFor(level):
            error: BaseException | None = fields.pop("exc_info", None)
            said = {"fields": _hidden(fields)}
            self._logger.log(level, "%s", message, exc_info=error, extra=said)


def get(name: str) -> Log:
    """What speaks under this name."""
    return Log(name)


def fields_of(record: logging.LogRecord) -> Mapping[str, Any]:
    """The fields of what one of ours said; none where a library spoke."""
    return getattr(record, "fields", {})


def configure(level: LogLevel, format: LogFormat) -> None:  # noqa: A002 - the setting's name
    """Sends every logger of this process through the pipe. May be called again."""
    as_json = format == "json" or (format == "auto" and not sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if as_json else _Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[level])
    _quieten()


def _quieten() -> None:
    """Libraries keep their warnings; their chatter would drown ours."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
    for name in ("uvicorn", "uvicorn.error", "asyncio", "pyvips"):
        logging.getLogger(name).setLevel(max(logging.getLogger().level, logging.WARNING))
    logging.getLogger("uvicorn.access").disabled = True


class _Json(logging.Formatter):
    """An object with ECS names, what everybody looks for first in front."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "@timestamp": at.replace("+00:00", "Z"),
            "log.level": _level(record),
            "message": record.getMessage(),
            "ecs.version": ECS_VERSION,
            "service.name": SERVICE_NAME,
            "service.version": __version__,
            "log.logger": record.name,
            "process.pid": os.getpid(),
            **dict(sorted(fields_of(record).items())),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error.type"] = type(record.exc_info[1]).__name__
            line["error.message"] = str(record.exc_info[1])
            line["error.stack_trace"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


class _Lines(logging.Formatter):
    """Time, level, what happened and its fields, in colours on a terminal."""

    def __init__(self) -> None:
        super().__init__(datefmt="%H:%M:%S")
        self._is_coloured = sys.stderr.isatty()

    def format(self, record: logging.LogRecord) -> str:
        level = f"{_level(record):<5}"
        if self._is_coloured:
            level = f"{_COLOURS.get(level.strip(), '')}{level}{_PLAIN}"
        fields = "".join(f" {name}={value}" for name, value in fields_of(record).items())
        line = f"{self.formatTime(record, self.datefmt)} {level} {record.getMessage()}"
        line += f" [{record.name}]{fields}"
        if record.exc_info and record.exc_info[1] is not None:
            line += "\n" + self.formatException(record.exc_info)
        return line


def _level(record: logging.LogRecord) -> str:
    return _SPOKEN.get(record.levelname, record.levelname)


def _hidden(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _HIDDEN if any(word in name.lower() for word in _SECRET_WORDS) else value
        for name, value in fields.items()
    }
