"""The promise of a clock: Unix milliseconds, UTC."""

from collections.abc import Callable
from typing import TypeAlias

Clock: TypeAlias = Callable[[], int]
