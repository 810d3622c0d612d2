"""Names of tables, columns and indexes as PostgreSQL takes them."""

import hashlib
from typing import Final

BYTES_MAX: Final = 63
"""PostgreSQL cuts longer names without a word, and two could become one."""

_DIGEST_LENGTH = 16


_SYSTEM_COLUMNS: Final = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
"""Columns that every table of PostgreSQL has already."""


def identifier(name: str) -> str:
    """The name, or for one that is too long or taken its beginning and a digest of it all. Not
    quoted."""
    encoded = name.encode()
    if len(encoded) <= BYTES_MAX and name not in _SYSTEM_COLUMNS:
        return name
    digest = hashlib.blake2b(encoded, digest_size=_DIGEST_LENGTH // 2).hexdigest()
    beginning = encoded[: BYTES_MAX - _DIGEST_LENGTH - 1].decode(errors="ignore")
    return f"{beginning}_{digest}"
