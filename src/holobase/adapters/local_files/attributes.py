"""What is known of a file, in a small JSON file beside it, as PocketBase keeps it."""

from pathlib import Path
from typing import Any

import msgspec

from holobase.kit import json
from holobase.ports.blob_store import ATTRIBUTES_SUFFIX, UNKNOWN_TYPE

ORIGINAL_NAME = "original-filename"

ATTRIBUTES_BYTES_MAX = 64 * 1024
"""More than this was not written by us or by PocketBase."""


def path_of(path: Path) -> Path:
    """Where the attributes of a file are."""
    return path.with_name(path.name + ATTRIBUTES_SUFFIX)


def encoded(content_type: str, original_name: str, md5: str) -> bytes:
    """The attributes of a file as they are kept. `md5` is base64."""
    metadata = {ORIGINAL_NAME: original_name} if original_name else None
    return json.encode(
        {
            "user.cache_control": "",
            "user.content_disposition": "",
            "user.content_encoding": "",
            "user.content_language": "",
            "user.content_type": content_type,
            "user.metadata": metadata,
            "md5": md5,
        }
    )


def of(path: Path) -> tuple[str, str]:
    """The type that is kept for a file and the name that it came with: unknown and empty where
    nothing is kept, or nothing readable."""
    try:
        with path_of(path).open("rb") as file:
            kept: Any = msgspec.json.decode(file.read(ATTRIBUTES_BYTES_MAX))
    except (OSError, msgspec.DecodeError, ValueError):
        return UNKNOWN_TYPE, ""
    if not isinstance(kept, dict):
        return UNKNOWN_TYPE, ""
    kind, metadata = kept.get("user.content_type"), kept.get("user.metadata")
    name = metadata.get(ORIGINAL_NAME) if isinstance(metadata, dict) else None
    return kind if isinstance(kind, str) and kind else UNKNOWN_TYPE, (
        name if isinstance(name, str) else ""
    )
