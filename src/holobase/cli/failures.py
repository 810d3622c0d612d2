"""Expected failures in the words of somebody who can do something about them."""

import errno
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.markup import escape

from holobase.domain.errors import (
    DamagedData,
    ErrorTree,
    FieldError,
    Refusal,
    Unavailable,
)

_FIELD_SENTENCES: Final = {
    "validation_required": "is missing",
    "validation_is_email": "is not an e-mail address",
    "validation_invalid_email": "is not an e-mail address",
    "validation_not_unique": "is taken",
    "validation_min_text_constraint": "is too short (at least {min} characters)",
    "validation_max_text_constraint": "is too long (at most {max} characters)",
    "validation_length_out_of_range": "must have {min} to {max} characters",
}


def say(sentence: str) -> None:
    """Writes a failure to standard error, in red where somebody sees it."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(f"[bold red]Error:[/] {escape(sentence)}")


def explain(error: Exception) -> str | None:
    """What went wrong and what to do, or None for a failure that nobody expected."""
    if isinstance(error, Refusal):
        return "; ".join(_fields(error.errors)) or _readable(error.reason)
    if isinstance(error, DamagedData):
        return f"{error} Nothing was changed."
    if isinstance(error, Unavailable):
        return f"The store cannot answer now: {error}. Try again in a moment."
    if isinstance(error, OSError):
        return _of_system(error)
    return _of_settings(error)


def _fields(errors: ErrorTree, prefix: str = "") -> Iterator[str]:
    for name, error in errors.items():
        if isinstance(error, FieldError):
            sentence = _FIELD_SENTENCES.get(error.code, f"is not valid ({error.code})")
            yield f"{prefix}{name} {_filled(sentence, error)}"
        else:
            yield from _fields(error, f"{prefix}{name}.")


def _filled(sentence: str, error: FieldError) -> str:
    try:
        return sentence.format(**error.params)
    except KeyError:
        return sentence.partition(" (")[0]


def _readable(reason: str) -> str:
    from holobase.api.messages import ENGLISH, REASONS

    return REASONS[reason][ENGLISH]


def _of_system(error: OSError) -> str | None:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                "The address is already in use. Stop the program that listens there, or choose "
                "another address with --http HOST:PORT."
            )
        case errno.EADDRNOTAVAIL:
            return "This machine does not have that address. Choose another one with --http."
        case errno.EACCES | errno.EPERM:
            where = error.filename or "that address"
            return f"Not allowed to use {where}. Check who owns it, or choose another one."
        case errno.ENOSPC:
            return "The disk is full. What was answered is safe; make room and start again."
        case errno.ENOTDIR | errno.EEXIST:
            return f"{error.filename} is a file, not a folder. Name another one with --data."
        case errno.ENOENT if error.filename:
            return f"There is no {error.filename}, or it cannot be made."
        case errno.EROFS:
            return f"{error.filename} is on a disk that cannot be written to."
    return None


def _of_settings(error: Exception) -> str | None:
    from holobase.runtime.settings import InvalidSettings

    return f"A setting is not valid. {error}" if isinstance(error, InvalidSettings) else None
