"""One pipe for everything that is logged: ours, uvicorn's and other libraries'.

JSON lines with ECS field names for collectors, coloured lines for people. Logs go to standard
error, so that a command's answer on standard output stays clean. Bodies, tokens and the
Authorization header are never passed to a logger; `_hide` is the net below that rule.
"""

import logging
import os
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import msgspec
import structlog

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
_SPOKEN: Final = {"critical": "ERROR", "exception": "ERROR", "warning": "WARN"}
_SECRET_WORDS: Final = ("authorization", "cookie", "password", "secret", "token")
_HIDDEN: Final = "[hidden]"
_FIRST: Final = ("@timestamp", "log.level", "message")

Line: TypeAlias = MutableMapping[str, Any]


def configure(level: LogLevel, format: LogFormat) -> None:  # noqa: A002 - the setting's name
    """Sends every logger of this process through the pipe. May be called again."""
    as_json = format == "json" or (format == "auto" and not sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        _hide,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=_json_stages() if as_json else _console_stages(),
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[level])
    _quieten()


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; fields are given as keywords with ECS names: `log.info("…", **{"url.path": p})`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def _quieten() -> None:
    """Libraries keep their warnings; their chatter would drown ours."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
    for name in ("uvicorn", "uvicorn.error", "asyncio", "pyvips"):
        logging.getLogger(name).setLevel(max(logging.getLogger().level, logging.WARNING))
    logging.getLogger("uvicorn.access").disabled = True


def _json_stages() -> list[structlog.typing.Processor]:
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        _ecs,
        structlog.processors.JSONRenderer(serializer=_to_json),
    ]


def _console_stages() -> list[structlog.typing.Processor]:
    colours = sys.stderr.isatty()
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        structlog.dev.ConsoleRenderer(
            colors=colours,
            pad_event_to=0,
            exception_formatter=structlog.dev.plain_traceback,  # the rich one shows local values
        ),
    ]


def _ecs(_logger: Any, _method: str, line: Line) -> Line:
    """Renames structlog's keys to ECS and puts what everybody looks for first."""
    spoken = str(line.pop("level", "info"))
    error = line.pop("exc_info", None)
    named: dict[str, Any] = {
        "@timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "log.level": _SPOKEN.get(spoken, spoken.upper()),
        "message": str(line.pop("event", "")),
        "ecs.version": ECS_VERSION,
        "service.name": SERVICE_NAME,
        "service.version": __version__,
        "log.logger": line.pop("logger", SERVICE_NAME),
        "process.pid": os.getpid(),
    }
    named.update(sorted(line.items()))
    if error:
        named.update(_error_fields(error))
    return named


def _error_fields(error: Any) -> dict[str, str]:
    if error is True:
        error = sys.exc_info()
    if isinstance(error, BaseException):
        error = (type(error), error, error.__traceback__)
    if not isinstance(error, tuple) or error[1] is None:
        return {}
    trace = logging.Formatter().formatException(error)
    return {
        "error.type": type(error[1]).__name__,
        "error.message": str(error[1]),
        "error.stack_trace": trace,
    }


def _hide(_logger: Any, _method: str, line: Line) -> Line:
    for name in line:
        if any(word in name.lower() for word in _SECRET_WORDS):
            line[name] = _HIDDEN
    return line


def _to_json(line: Line, **_options: Any) -> str:
    return msgspec.json.encode(line, enc_hook=str).decode()
