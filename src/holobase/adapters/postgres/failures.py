"""Failures of the server and the way to it, told apart from what a statement may do wrong."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from holobase.adapters.postgres.address import Address
from holobase.domain.errors import DamagedData, Unavailable

_CLASSES: Final = frozenset({"08", "25", "40", "53", "55", "57", "58", "XX"})
"""SQLSTATE classes that say nothing about the statement: connection, transaction state, rollback,
resources, locks, operator, system, internal."""

_OUTDATED: Final = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)
"""A table was changed since the statement was prepared: a new connection prepares it anew."""

_LOADED: Final = frozenset({"53300", "57P03"})
"""Too many clients, and starting up: the server is there and will take us later."""


def is_outage(error: BaseException) -> bool:
    """Whether the server or the way to it failed: trying again may help, and no single command is
    to blame. Its transaction is gone, or must be given up."""
    if isinstance(error, asyncpg.PostgresError):
        return isinstance(error, _OUTDATED) or str(error.sqlstate)[:2] in _CLASSES
    driver = (asyncpg.InterfaceError, asyncpg.InternalClientError)
    return isinstance(error, (OSError, EOFError, *driver))


@contextmanager
def explained(address: Address) -> Iterator[None]:
    """Turns failures to open a store into DamagedData, OSError or Unavailable, which name the
    address."""
    try:
        yield
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise DamagedData(f"{address} refuses the user or the password.") from error
    except asyncpg.InvalidCatalogNameError as error:
        raise DamagedData(f"{address} does not exist. Create the database first.") from error
    except asyncpg.InsufficientPrivilegeError as error:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(address)) from error
    except asyncpg.ClientConfigurationError as error:
        raise DamagedData("The store's address cannot be used by the driver.") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        if not is_outage(error):
            raise
        raise Unavailable(f"{address} cannot be reached ({_kind(error)})") from error


def _kind(error: BaseException) -> str:
    state = getattr(error, "sqlstate", None)
    if state in _LOADED:
        return "it takes no connections now"
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "no answer"
