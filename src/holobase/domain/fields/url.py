"""URL: a web address, kept as it was sent, possibly of certain hosts only."""

import re
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import ClassVar

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import definition
from holobase.domain.fields.field import Field, Storage, Value, text_of
from holobase.kit.json import Json

LENGTH_MIN = 4
LENGTH_MAX = 2082

_PARTS = re.compile(
    r"(?:(?P<scheme>https?|ftp|tcp|udp|wss?)://)?"
    r"(?:(?P<user>[^\s/?#]*)@)?"
    r"(?P<host>[^\s/?#@]+?)(?P<port>:[0-9]{1,5})?"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?P<fragment>#.*)?"
)
_USER = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_LETTER = r"a-zA-Z0-9\u00a1-\uffff"
_LABEL = rf"[{_LETTER}](?:[{_LETTER}\-]*[{_LETTER}])?"
_INNER_LABEL = rf"[{_LETTER}](?:[{_LETTER}\-_]*[{_LETTER}])?"
_BLANK_OR_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_BAD_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")


class UrlField(Field, frozen=True, kw_only=True, tag="url"):
    """A `str` of 4 to 2082 characters: http(s), ftp, tcp, udp, ws(s) or without a scheme.

    The domain that the lists are about is the host with its port, compared exactly; without a
    scheme an address has none, so `only_domains` refuses it and `except_domains` does not.
    """

    kind: ClassVar[str] = "url"
    storage: ClassVar[Storage] = Storage.TEXT

    help: str = ""
    except_domains: tuple[str, ...] = ()
    only_domains: tuple[str, ...] = ()
    required: bool = False

    def normalise(self, wire: Json) -> Value:
        return text_of(wire)

    def check(self, value: Value) -> FieldError | None:
        parts = _parts(value)
        if parts is None:
            return FieldError("validation_invalid_url")
        domain = parts["host"] + parts["port"] if parts["scheme"] else ""
        if domain in self.except_domains or (self.only_domains and domain not in self.only_domains):
            return FieldError("validation_url_domain_not_allowed")
        return None

    def check_options(self) -> ErrorTree:
        return definition.domain_lists(self.except_domains, self.only_domains)


def _parts(url: str) -> dict[str, str] | None:
    """The named parts of an address that is well formed, empty where absent."""
    if not LENGTH_MIN <= len(url) <= LENGTH_MAX or _BLANK_OR_CONTROL.search(url):
        return None
    match = _PARTS.fullmatch(url)
    if match is None:
        return None
    parts = match.groupdict(default="")
    # Without a colon nothing is looked for in front of the host, so anything may stand there.
    is_bad_user = ":" in url and not _USER.fullmatch(parts["user"])
    if is_bad_user or url.startswith("@") or not _is_host(parts["host"]):
        return None
    if any(_BAD_ESCAPE.search(parts[name]) for name in ("user", "path", "fragment")):
        return None
    # A single word is no address, unless a scheme or a port says that it is meant as one.
    is_word = ":" not in url and "." not in parts["host"] + parts["path"] + parts["user"]
    return None if is_word else parts


@cache
def _name() -> re.Pattern[str]:
    # Not at the top: it takes 25 ms to compile, which every start would pay.
    return re.compile(rf"(?:{_INNER_LABEL}\.)*{_LABEL}\.?")


def _is_host(host: str) -> bool:
    if host.startswith("["):
        return host.endswith("]") and _is_address(host[1:-1].replace("%25", "%", 1))
    if not _name().fullmatch(host):
        return False
    labels = host.removesuffix(".").split(".")
    # No top level domain is a number: what ends in one is an address, or a mistake.
    return len(labels) == 1 or not labels[-1].isdecimal() or _is_address(host)


def _is_address(text: str) -> bool:
    try:
        if ":" in text:
            return bool(IPv6Address(text))
        return not text.startswith("0.") and bool(IPv4Address(text))
    except AddressValueError:
        return False
