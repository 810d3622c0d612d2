"""Everything that can be refused, as codes. `api/errors.py` gives each its status and sentence.

Refusal
├── Invalid          values that break a field's rules, field by field
├── NotFound         no such record, or none that the caller may know of
├── Forbidden        the caller may never do this
├── Unauthenticated  the caller must say who they are first
│   └── OneMoreStep  … and has done so by half
├── BadRequest       the request makes no sense as it stands
├── Outdated         the record is not as the caller has seen it any more
├── Conflict         what is there now does not go together with it
├── WrongType        what was sent is not of the one type that is taken here
├── Damaged          what came in is not what was sent
├── TooLarge         the request is over a limit
└── TooMany          there were too many requests of this kind
VersionConflict, UniqueViolation, DefinitionRefused, Unavailable, BlobMissing, BlobExists: what a
store reports to the engine
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """Why one value was refused: a stable code and the parameters of its sentence.

    `detail` is a sentence that follows: what exactly is wrong with a rule, say. `refusal` tells of
    a value that is a request of its own how that was refused.
    """

    code: str
    params: Mapping[str, Any] = msgspec.field(default_factory=dict)
    detail: str = ""
    refusal: "Refusal | None" = None


ErrorTree: TypeAlias = Mapping[str, "FieldError | ErrorTree"]
"""Field name (or list index as text) to its error, nested as the body was."""


class Refusal(Exception):
    """A request that is refused. `reason` is a key of the message table, never a sentence.

    `detail` is a sentence of somebody else, the store's or a mail server's, for the few who asked
    for just that; everybody else is not told causes.
    """

    def __init__(self, reason: str, errors: ErrorTree | None = None, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.errors: ErrorTree = errors or {}


class Invalid(Refusal):
    """Values were refused; `errors` says which and why."""


class NotFound(Refusal):
    """There is none, or none for this caller."""


class Forbidden(Refusal):
    """This caller may not, whoever they say they are."""


class Unauthenticated(Refusal):
    """A caller is needed here and there is none."""


class OneMoreStep(Unauthenticated):
    """A login that needs a second proof of another kind, which has to bring `mfa_id`."""

    def __init__(self, mfa_id: str) -> None:
        super().__init__("one_more_step")
        self.mfa_id = mfa_id


class BadRequest(Refusal):
    """The request cannot be read or makes no sense."""


class Outdated(Refusal):
    """The record has been edited since the caller read it."""


class Conflict(Refusal):
    """What is asked for does not go together with what is there now."""


class WrongType(Refusal):
    """The body is not of the one type that is taken here."""


class Damaged(Refusal):
    """The body is not the one that its checksum was made of."""


class TooLarge(Refusal):
    """The request is over a size limit."""


class TooMany(Refusal):
    """There were too many requests; in so many seconds another one is answered."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


class Unavailable(Exception):
    """The store cannot answer now; trying again later may help."""


class TooSlow(Unavailable):
    """A read was broken off at its time limit."""


class DefinitionsChanged(Unavailable):
    """What was prepared is out of date: a collection was defined anew before it could run."""


class VersionConflict(Exception):
    """The stream is not at the version that the append expected."""


class UniqueViolation(Exception):
    """A unique index of `collection` refused a row; `fields` are the index's columns."""

    def __init__(self, collection: str, fields: tuple[str, ...]) -> None:
        super().__init__(f"{collection}: {', '.join(fields)}")
        self.collection = collection
        self.fields = fields


class DefinitionRefused(Exception):
    """The store cannot make what a definition says."""


class IndexRefused(DefinitionRefused):
    """The index at `position` of a definition cannot be made; `reason` is the store's sentence."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"index {position}: {reason}")
        self.position = position
        self.reason = reason


class BlobMissing(Exception):
    """No blob is stored under the key."""


class BlobExists(Exception):
    """A blob is stored under the key already."""


class DamagedData(Exception):
    """Stored data is not what this program wrote, or was written by a newer one."""
