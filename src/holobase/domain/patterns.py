"""User patterns: RE2 (no input can make it hang) and texts generated from simple patterns."""

import secrets
from functools import lru_cache
from typing import Any

import re2

PATTERNS_CACHED_MAX = 500


@lru_cache(maxsize=PATTERNS_CACHED_MAX)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def is_pattern(pattern: str) -> bool:
    """Whether RE2 accepts the pattern."""
    try:
        _compiled(pattern)
    except re2.error:
        return False
    return True


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text."""
    return _compiled(pattern).search(text) is not None


def generate(pattern: str) -> str:
    raise NotImplementedError(secrets)
