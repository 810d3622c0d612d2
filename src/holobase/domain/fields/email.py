"""Email: an address, kept as it was sent, possibly of certain domains only."""

from typing import ClassVar

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import definition
from holobase.domain.fields.field import Field, Storage, Value, text_of
from holobase.domain.patterns import matches
from holobase.kit.json import Json

# Letters beyond ASCII are welcome in every part; surrogates, private use and what lies beyond the
# basic plane are not.
_BEYOND = r"\x{00A0}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFEF}"
_ATOM = rf"[a-zA-Z0-9!#$%&'*+\-/=?^_`{{|}}~{_BEYOND}]+"
_QUOTED = rf'"[ \t]*[\x01-\x08\x0b\x0c\x0e-\x1f!\x23-\x5b\x5d-\x7f{_BEYOND}][ \t]*"'
_EDGE = rf"[a-zA-Z0-9{_BEYOND}]"
_LABELS = rf"{_EDGE}(?:[a-zA-Z0-9\-._~{_BEYOND}]*{_EDGE})?"
_LAST_EDGE = rf"[a-zA-Z{_BEYOND}]"
_LAST_LABEL = rf"{_LAST_EDGE}(?:[a-zA-Z0-9\-_~{_BEYOND}]*{_LAST_EDGE})?"
FORMAT = rf"\A(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED})@{_LABELS}\.{_LAST_LABEL}\.?\z"
"""RE2: what counts as an address; a domain of two labels at least, no IP addresses."""


class EmailField(Field, frozen=True, kw_only=True, tag="email"):
    """A `str`. The domain is what follows the last `@`, compared exactly."""

    kind: ClassVar[str] = "email"
    storage: ClassVar[Storage] = Storage.TEXT

    help: str = ""
    except_domains: tuple[str, ...] = ()
    only_domains: tuple[str, ...] = ()
    required: bool = False

    def normalise(self, wire: Json) -> Value:
        return text_of(wire)

    def check(self, value: Value) -> FieldError | None:
        if not matches(FORMAT, value):
            return FieldError("validation_is_email")
        domain = value.rpartition("@")[2]
        if domain in self.except_domains or (self.only_domains and domain not in self.only_domains):
            return FieldError("validation_email_domain_not_allowed")
        return None

    def check_options(self) -> ErrorTree:
        return definition.domain_lists(self.except_domains, self.only_domains)
