"""What is sent to the endpoints of accounts, read and measured as the reference does."""

from collections.abc import Mapping

from holobase.domain.errors import BadRequest, ErrorTree, FieldError, Invalid
from holobase.domain.fields import EmailField
from holobase.kit.json import Json

TEXT_BYTES_MAX = 255
"""Longest text of most members, as in PocketBase."""

REQUIRED = FieldError("validation_required")

_EMAIL = EmailField(id="email", name="email")


def text(body: Mapping[str, Json], name: str) -> str:
    """A member that is a text; empty where it is missing. Raises BadRequest for anything else."""
    found = body.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise BadRequest("malformed_body")
    return found


def length_error(
    value: str, bytes_max: int = TEXT_BYTES_MAX, bytes_min: int = 1
) -> FieldError | None:
    """What is wrong with a text that is needed and has a limit."""
    if not value:
        return REQUIRED
    if bytes_min <= len(value.encode()) <= bytes_max:
        return None
    return FieldError("validation_length_out_of_range", {"min": bytes_min, "max": bytes_max})


def email_error(value: str) -> FieldError | None:
    """What is wrong with a text that has to be an address."""
    return length_error(value) or _EMAIL.check(value)


def email(body: Mapping[str, Json]) -> str:
    """The address that was sent. Raises BadRequest and Invalid."""
    found = text(body, "email")
    refuse({"email": email_error(found)})
    return found


def refuse(errors: Mapping[str, FieldError | None], reason: str = "bad_submission") -> None:
    """Raises Invalid where something is wrong with one of the members."""
    found: ErrorTree = {name: error for name, error in errors.items() if error is not None}
    if found:
        raise Invalid(reason, found)
