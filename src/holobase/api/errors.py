"""The one table from what was refused to its status, and the body that tells of it. The sentences
stand in `messages`; causes stay in the logs.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from holobase.api.messages import CODES, ENGLISH, KOREAN, REASONS
from holobase.domain.errors import (
    BadRequest,
    Conflict,
    Damaged,
    ErrorTree,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    OneMoreStep,
    Outdated,
    Refusal,
    TooLarge,
    TooMany,
    Unauthenticated,
    WrongType,
)
from holobase.kit import json

STATUS: Final[dict[type[Refusal], int]] = {
    BadRequest: 400,
    Invalid: 400,
    Unauthenticated: 401,
    OneMoreStep: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Outdated: 412,
    TooLarge: 413,
    WrongType: 415,
    TooMany: 429,
    Damaged: 460,  # as the checksums of resumable uploads have it
}

_UNKNOWN_CODE = "validation_invalid_value"
_KOREAN = re.compile(r"\s*ko\b", re.IGNORECASE)


def status_of(error: Refusal) -> int:
    """The HTTP status of a refusal."""
    return STATUS[type(error)]


def language_of(accept_language: str) -> int:
    """The language of our sentences for an `Accept-Language` header."""
    return KOREAN if _KOREAN.match(accept_language) else ENGLISH


def sentence_of(reason: str, language: int) -> str:
    """What is said about a refusal as a whole."""
    return REASONS[reason][language]


def body_of(status: int, reason: str, errors: ErrorTree, language: int, detail: str = "") -> bytes:
    """The error body as JSON."""
    return json.encode(_members(status, reason, errors, language, detail))


def _members(
    status: int, reason: str, errors: ErrorTree, language: int, detail: str = ""
) -> dict[str, Any]:
    """The error body: keys `data`, `message`, `status` in this order."""
    message = f"{REASONS[reason][language]} {detail}".rstrip()
    return {"data": _tree(errors, language), "message": message, "status": status}


def _tree(errors: ErrorTree, language: int) -> dict[str, Any]:
    return {
        name: _item(error, language) if isinstance(error, FieldError) else _tree(error, language)
        for name, error in sorted(errors.items())
    }


def _item(error: FieldError, language: int) -> dict[str, Any]:
    template = CODES.get(error.code, CODES[_UNKNOWN_CODE])[language]
    message = _fill(template, error.params)
    if error.detail:
        message = f"{message} {error.detail}"
    item: dict[str, Any] = {"code": error.code, "message": message}
    if error.params:
        item["params"] = dict(sorted(error.params.items()))
    inner = error.refusal
    if inner is not None:
        item["response"] = _members(status_of(inner), inner.reason, inner.errors, language)
    return item


def _fill(template: str, params: Mapping[str, Any]) -> str:
    for name, value in params.items():
        template = template.replace(f"{{{name}}}", str(value))
    return template if "{" not in template else _without_numbers(template)


def _without_numbers(template: str) -> str:
    """Some codes come without their numbers; the sentence then says less."""
    return CODES["validation_invalid_format"][ENGLISH if template.isascii() else KOREAN]
