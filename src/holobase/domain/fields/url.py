"""URL: a web address, kept as it was sent, possibly of certain hosts only."""

from typing import ClassVar

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import definition
from holobase.domain.fields.field import Field, Storage, Value, text_of
from holobase.domain.patterns import matches
from holobase.kit.json import Json

LENGTH_MIN = 4
LENGTH_MAX = 2082

_LABEL = (
    r"[a-zA-Z0-9\x{00a1}-\x{ffff}](?:[a-zA-Z0-9\x{00a1}-\x{ffff}\-]*[a-zA-Z0-9\x{00a1}-\x{ffff}])?"
)
_NUMBER = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
_HOST = rf"(?:{_NUMBER}(?:\.{_NUMBER}){{3}}|\[[0-9a-fA-F:.]+\]|{_LABEL}(?:\.{_LABEL})*\.?)"
FORMAT = (
    r"\A(?:(?:https?|ftp|tcp|udp|wss?)://)?"
    rf"(?:[^\s/?#]*@)?(?P<host>{_HOST}(?::[0-9]{{1,5}})?)(?:[/?#]\S*)?\z"
)


class UrlField(Field, frozen=True, kw_only=True, tag="url"):
    """A `str` of 4 to 2082 characters."""

    kind: ClassVar[str] = "url"
    storage: ClassVar[Storage] = Storage.TEXT

    help: str = ""
    except_domains: tuple[str, ...] = ()
    only_domains: tuple[str, ...] = ()
    required: bool = False

    def normalise(self, wire: Json) -> Value:
        return text_of(wire)

    def check(self, value: Value) -> FieldError | None:
        if not LENGTH_MIN <= len(value) <= LENGTH_MAX or not matches(FORMAT, value):
            return FieldError("validation_invalid_url")
        return None

    def check_options(self) -> ErrorTree:
        return definition.domain_lists(self.except_domains, self.only_domains)
