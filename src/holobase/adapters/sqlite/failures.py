"""Failures of the file itself, told apart from what a statement may do wrong.

After one of these SQLite may have given up the transaction by itself, so none of them may be
taken for the failure of a single command.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import apsw

from holobase.domain.errors import DamagedData

STORAGE: Final = (
    apsw.FullError,
    apsw.IOError,
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.CantOpenError,
    apsw.ReadOnlyError,
    apsw.NoMemError,
    apsw.BusyError,
)
"""The disk is full, gone, damaged or not ours to write: nothing more can be promised."""

_ERRNO: Final[dict[type[apsw.Error], int]] = {
    apsw.FullError: errno.ENOSPC,
    apsw.ReadOnlyError: errno.EACCES,
    apsw.CantOpenError: errno.EACCES,
}


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turns failures of the file into DamagedData or OSError, which name the file."""
    try:
        yield
    except apsw.NotADBError as error:
        raise DamagedData(f"{name} is not a database, or its beginning is damaged.") from error
    except apsw.CorruptError as error:
        raise DamagedData(f"{name} is damaged: {error}.") from error
    except (apsw.FullError, apsw.ReadOnlyError, apsw.CantOpenError) as error:
        number = _ERRNO[type(error)]
        raise OSError(number, os.strerror(number), name) from error
    except apsw.IOError as error:
        raise OSError(errno.EIO, f"{os.strerror(errno.EIO)} ({error})", name) from error
