"""Checks that the definitions of several field types share; each gives an error or None."""

import re

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.patterns import is_pattern
from holobase.kit.json import EXACT_MAX

WHOLE_MAX = EXACT_MAX - 1
"""The largest length, size or count an option may have: what a JavaScript client can hold."""

_DOMAIN = re.compile(
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
)


def at_least(value: float, least: float) -> FieldError | None:
    """The error of a number below `least`."""
    if value < least:
        return FieldError("validation_min_greater_equal_than_required", {"threshold": least})
    return None


def at_most(value: float, most: float) -> FieldError | None:
    """The error of a number above `most`."""
    if value > most:
        return FieldError("validation_max_less_equal_than_required", {"threshold": most})
    return None


def between(value: float, least: float, most: float = WHOLE_MAX) -> FieldError | None:
    """The error of a number outside `least..most`."""
    return at_least(value, least) or at_most(value, most)


def optional_between(value: float, least: float, most: float = WHOLE_MAX) -> FieldError | None:
    """Like `between`, of an option where 0 means that it is not set."""
    return between(value, least, most) if value else None


def required(text: str) -> FieldError | None:
    """The error of an empty text."""
    return None if text else FieldError("validation_required")


def length(text: str, longest: int) -> FieldError | None:
    """The error of a text that is set and has more than `longest` UTF-8 bytes."""
    if len(text.encode()) > longest:
        return FieldError("validation_length_out_of_range", {"min": 1, "max": longest})
    return None


def pattern(text: str) -> FieldError | None:
    """The error of a text that is set and is no RE2 pattern."""
    return None if is_pattern(text) else FieldError("validation_invalid_regex")


def domain_lists(except_domains: tuple[str, ...], only_domains: tuple[str, ...]) -> ErrorTree:
    """Errors of `exceptDomains` and `onlyDomains`: one of them at most, each item a domain."""
    if except_domains and only_domains:
        both = FieldError("validation_empty")
        return {"exceptDomains": both, "onlyDomains": both}
    lists = {
        "exceptDomains": _not_domains(except_domains),
        "onlyDomains": _not_domains(only_domains),
    }
    return {name: errors for name, errors in lists.items() if errors}


def _not_domains(domains: tuple[str, ...]) -> ErrorTree:
    return {
        str(index): FieldError("validation_is_domain")
        for index, domain in enumerate(domains)
        if not _DOMAIN.fullmatch(domain)
    }


def found(**errors: FieldError | None) -> ErrorTree:
    """Only those that are errors, under the names that the wire has for the options."""
    return {_camel(name): error for name, error in errors.items() if error}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
