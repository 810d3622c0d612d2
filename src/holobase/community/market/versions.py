"""Versions of templates and their order, as semver.org has it."""

from typing import Final

SEMVER: Final = (
    r"^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$"
)
"""Three numbers, and perhaps what makes it a version before the release of these numbers."""


def is_newer(version: str, than: str) -> bool:
    """Whether a version comes after another one; anything comes after none."""
    return not than or _order(version) > _order(than)


def _order(version: str) -> tuple[tuple[int, ...], bool, list[tuple[bool, int, str]]]:
    numbers, dash, before = version.partition("-")
    parts = [(not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in before.split(".")]
    return tuple(map(int, numbers.split("."))), not dash, parts
