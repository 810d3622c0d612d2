"""The names of backups: what a person may choose, and what the server gives."""

import re
from datetime import UTC, datetime
from typing import Final

from holobase.domain.errors import FieldError
from holobase.domain.file_names import snake_case

NAME_LENGTH_MAX: Final = 150
"""Longest name, as in the reference."""

APP_LENGTH_MAX: Final = 50
"""Characters of the instance's own name in that of a backup."""

MANUAL: Final = "pb_backup_"
AUTOMATIC: Final = "@auto_pb_backup_"
"""How the names begin that the server gives; nobody can choose the second kind."""

_NAME = re.compile(r"[a-z0-9_-]+\.zip", re.ASCII)


def error_of(name: str) -> FieldError | None:
    """What is wrong with a name that somebody chose."""
    if not 1 <= len(name.encode()) <= NAME_LENGTH_MAX:
        limits = {"min": 1, "max": NAME_LENGTH_MAX}
        return FieldError("validation_length_out_of_range", limits)
    return None if _NAME.fullmatch(name) else FieldError("validation_match_invalid")


def generated(prefix: str, app_name: str, now: int) -> str:
    """A name for a backup made at this moment (Unix milliseconds)."""
    moment = datetime.fromtimestamp(now // 1000, UTC)
    app = re.sub(r"[^a-z0-9_-]", "", snake_case(app_name))[:APP_LENGTH_MAX]
    return f"{prefix}{app or 'holobase'}_{moment:%Y%m%d%H%M%S}.zip"
