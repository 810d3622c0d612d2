"""Every sentence the wire says, one file for each part of it.

`REASONS` tells why a request was refused, `CODES` what is wrong with one value.
"""

from typing import Final

from holobase.api.messages import (
    accounts,
    backups,
    definitions,
    files,
    oauth2,
    office,
    operations,
    realtime,
    records,
    system,
)
from holobase.api.messages.message import ENGLISH, KOREAN, Messages

__all__ = ["CODES", "ENGLISH", "KOREAN", "REASONS"]

REASONS: Final[Messages] = {
    **records.REASONS,
    **accounts.REASONS,
    **definitions.REASONS,
    **operations.REASONS,
    **oauth2.REASONS,
    **system.REASONS,
    **realtime.REASONS,
    **office.REASONS,
    **files.REASONS,
    **backups.REASONS,
}

CODES: Final[Messages] = {
    **records.CODES,
    **accounts.CODES,
    **definitions.CODES,
    **office.CODES,
    **files.CODES,
    **oauth2.CODES,
    **backups.CODES,
}
