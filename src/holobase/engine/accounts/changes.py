"""What accounts may change of themselves: the checks that come before those of the fields."""

from collections.abc import Mapping

import msgspec

from holobase.domain.errors import FieldError
from holobase.domain.fields import Value
from holobase.domain.fields.field import text_of
from holobase.domain.patterns import generate
from holobase.domain.principal import EXTERNAL_AUTHS, SUPERUSERS
from holobase.engine.accounts.belongings import belongings
from holobase.engine.catalogue import Definition
from holobase.engine.submission import Submission
from holobase.engine.unit import Unit
from holobase.kit.json import Json
from holobase.ports.command import Command

TOKEN_KEY_PATTERN = "[a-zA-Z0-9]{50}"  # noqa: S105 - a pattern, not a key
REQUIRED = FieldError("validation_required")
MISMATCH = FieldError("validation_values_mismatch")


class OldPassword(msgspec.Struct, frozen=True):
    """The hash that the submitted old password was compared with outside, and the outcome."""

    hash: str
    matches: bool


def create_errors(
    submission: Submission, values: Mapping[str, Value], *, manages: bool
) -> dict[str, FieldError]:
    """What is wrong with the account parts of a create."""
    errors: dict[str, FieldError] = {}
    if values["verified"] and not manages:
        errors["verified"] = MISMATCH
    return errors | password_errors(submission.body, is_create=True)


def update_errors(
    submission: Submission,
    stored: Mapping[str, Value],
    values: Mapping[str, Value],
    old: OldPassword | None,
    *,
    manages: bool,
) -> dict[str, FieldError]:
    """What is wrong with the account parts of an update."""
    errors: dict[str, FieldError] = {}
    body = submission.body
    if not manages:
        for name in ("email", "verified"):
            if values[name] != stored[name]:
                errors[name] = MISMATCH
    errors |= password_errors(body, is_create=False)
    if needs_old_password(body) and not manages:
        if not sent(body, "oldPassword"):
            errors["oldPassword"] = REQUIRED
        elif old is None or not old.matches or old.hash != stored["password"]:
            errors["oldPassword"] = FieldError("validation_invalid_old_password")
    return errors


def unchecked_password(
    body: Mapping[str, Json], stored: Mapping[str, Value], old: OldPassword | None
) -> str:
    """The stored hash that the submitted old password was not compared with; empty: it was."""
    if not (needs_old_password(body) and sent(body, "oldPassword")):
        return ""
    return "" if old is not None and old.hash == stored["password"] else str(stored["password"])


def sent(body: Mapping[str, Json], name: str) -> str:
    """A password that was sent, as the text it is read as."""
    return text_of(body.get(name))


def needs_old_password(body: Mapping[str, Json]) -> bool:
    """Whether an update changes the password: then the old one has to be given."""
    return bool(sent(body, "password") or sent(body, "passwordConfirm"))


def password_errors(body: Mapping[str, Json], *, is_create: bool) -> dict[str, FieldError]:
    """What is wrong with the passwords of a create or update, the old one aside."""
    password, confirm = sent(body, "password"), sent(body, "passwordConfirm")
    old = sent(body, "oldPassword")
    errors: dict[str, FieldError] = {}
    if not password and (is_create or confirm or old):
        errors["password"] = REQUIRED
    if not confirm and (is_create or password or old):
        errors["passwordConfirm"] = REQUIRED
    elif (confirm or password) and confirm != password:
        errors["passwordConfirm"] = MISMATCH
    return errors


def settle(
    unit: Unit, definition: Definition, stored: Mapping[str, Value], values: dict[str, Value]
) -> Command[None]:
    """What follows for an account from its new values, before they are written.

    Superusers are always verified. A new password or address ends all tokens, unless the change
    chose a token key itself; so does verifying an account that is linked to others elsewhere.
    """
    values["verified"] = values["verified"] or definition.name == SUPERUSERS
    if values["tokenKey"] != stored["tokenKey"]:
        return
    ends = any(values[name] != stored[name] for name in ("password", "email"))
    if not ends and values["verified"] and not stored["verified"]:
        links = belongings(unit, EXTERNAL_AUTHS, definition.collection.id, values["id"])
        ends = bool((yield from links))
    if ends:
        values["tokenKey"] = generate(TOKEN_KEY_PATTERN)
