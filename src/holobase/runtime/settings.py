"""Every setting, with its default and its reason, in one table.

The environment variables (HOLOBASE_ and the name in capitals) and `docs/reference/settings.md` are
made from this file. Bounds that no operator needs to move are constants named …_MAX or …_SECONDS
where they are used, with their reason below them; the same page lists those too.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

PREFIX: Final = "HOLOBASE_"
KIB: Final = 1024
MIB: Final = 1024 * KIB

LogLevel: TypeAlias = Literal["ERROR", "WARN", "INFO", "DEBUG"]
LogFormat: TypeAlias = Literal["auto", "json", "console"]
Count: TypeAlias = Annotated[int, Meta(ge=1)]
Workers: TypeAlias = Annotated[int, Meta(ge=1, le=256)]
Size: TypeAlias = Annotated[int, Meta(ge=1)]
Seconds: TypeAlias = Annotated[float, Meta(gt=0)]


class Secret:
    """A text that no log, error or representation shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text


class InvalidSettings(ValueError):
    """What was given is no settings: says of each what is wrong with it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator may choose. Read once at the start and never changed."""

    # Where things are
    data: Path = Path("hb_data")
    """Folder of the database, the instance key and everything else that must last."""

    store: Secret | None = None
    """Database, as postgresql://user:password@host:port/database?schema=holobase; without it, a
    SQLite file in the data folder."""

    files: Secret | None = None
    """Where uploaded files are kept: a folder as file:///path, or a bucket as
    s3://KEY:SECRET@bucket?endpoint=https://host&region=…; without it, the folder `storage` in
    the data folder. An S3 storage that a superuser has switched on goes before it."""

    http: str = "127.0.0.1:8090"
    """Address to listen on, HOST:PORT; port 0 takes a free one, `localhost` means both
    loopbacks. The default is closed to other machines until you open it."""

    origins: str = "*"
    """Web pages that may read our answers, as origins between commas, where `*` stands for any
    text, as in https://*.example.com."""

    metrics_http: str | None = None
    """Address of `/metrics` for Prometheus, HOST:PORT, on its own because it is not for
    clients; without it there is none."""

    key: Secret | None = None
    """Instance key that seals secrets and personal data, 32 bytes as base64 or hex. Without it
    a key file that only the owner can read is kept in the data folder."""

    # How many there are
    workers: Workers | None = None
    """Processes that serve; without it one for each core that may be used, 4 at most, because
    each takes some 35 MB. Bounds of requests, connections and passwords hold in each of
    them."""

    # What is served
    without_community: bool = False
    """Only the engine and its superusers, without the card community's collections; a folder in
    which the community is kept refuses to start so."""

    # What is said
    log_level: LogLevel = "INFO"
    """Least serious level that is written."""

    log_format: LogFormat = "auto"
    """`console` to read, `json` (ECS names) to collect; `auto` looks whether a terminal is
    attached."""

    # What a request may weigh
    body_bytes_max: Size = 32 * MIB
    """Largest request body; what PocketBase allows, more is a 413."""

    image_processes: Count = 1
    """Processes that work on pictures, for each process that serves; they start when there is
    work, and one leaves cores for everybody else."""

    upload_seconds: Seconds = 600.0
    """How long a write may take from storing its files to its commit. What a crash left half
    done is removed after so long."""

    upload_bytes_max: Size = 1024 * MIB
    """Bytes that one account may have on their way to records, piece by piece or straight into
    a bucket, and so the largest file that comes so."""

    upload_kept_seconds: Seconds = 86_400.0
    """How long such a file is kept after its last piece, whole or not, until a record names it:
    time to come back on the next day."""

    header_bytes_max: Size = 64 * KIB
    """Largest request line and headers together; a browser's cookies and a long filter fit with
    room to spare."""

    connections_max: Count = 10_000
    """Open connections; beyond it a 503 is better than running out of files."""

    backlog_connections_max: Count = 2_048
    """Connections the kernel holds while the program is busy accepting."""

    keep_alive_seconds: Seconds = 75.0
    """How long an idle connection is kept, longer than proxies' usual 60 s."""

    shutdown_seconds: Seconds = 10.0
    """How long requests that were accepted may take to finish after SIGTERM."""

    # What listening may cost
    realtime_idle_seconds: Seconds = 300.0
    """How long a realtime connection lasts on which nothing is told; as PocketBase."""

    realtime_life_seconds: Seconds = 1_800.0
    """How long a realtime connection lasts at all; clients come back by themselves."""

    # What a question may cost
    filter_comparisons_max: Count = 1_000
    """Comparisons in one filter; frontends send chains of hundreds."""

    # What passwords may cost
    hash_threads: Count = 1
    """Threads that hash passwords; with two cores one is left for everybody else."""

    hash_queue_max: Count = 256
    """Sign-ups and logins waiting to be hashed; beyond it the answer is a 503."""

    # What guessing may cost
    failed_logins_max: Annotated[int, Meta(ge=0)] = 10
    """Logins and codes that may fail for one account from one address within five minutes; the
    next is a 429. Ten times as many may for one account from all addresses, thirty times as
    many from one public address for all accounts. Logins that succeed never count, nor do the
    addresses that rate limits exclude; 0 sets no limit."""

    # What may be fetched
    fetch_allow: tuple[str, ...] = ()
    """Hosts in your own network that may be asked all the same (an OIDC provider, say), by the
    name or address that stands in the URL, with commas between. Everything else that is fetched
    has to be on the public internet, whoever names it."""

    @classmethod
    def read(cls, chosen: Mapping[str, object]) -> "Settings":
        """What is chosen, over what the environment says. Raises InvalidSettings."""
        said = {name: os.environ.get(PREFIX + name.upper(), "").strip() for name in _TYPES}
        return cls.of({**{name: text for name, text in said.items() if text}, **chosen})

    @staticmethod
    def not_known() -> list[str]:
        """Variables of the environment that look like settings and are none."""
        names = (name for name in os.environ if name.startswith(PREFIX))
        return sorted(name for name in names if name.removeprefix(PREFIX).lower() not in _TYPES)

    @classmethod
    def of(cls, given: Mapping[str, object]) -> "Settings":
        """What is given, where text may stand for any value. Raises InvalidSettings."""
        values: dict[str, Any] = {}
        wrong: list[str] = []
        for name, value in given.items():
            try:
                values[name] = _understood(name, value)
            except ValueError as error:
                wrong.append(f"{name}: {error}")
        if wrong:
            raise InvalidSettings("; ".join(wrong))
        return cls(**values)

    @property
    def host(self) -> str:
        """The host part of `http`, without the brackets of an IPv6 address."""
        return host_and_port(self.http)[0]

    @property
    def port(self) -> int:
        """The port part of `http`."""
        return host_and_port(self.http)[1]


def host_and_port(address: str) -> tuple[str, int]:
    """The parts of an address that is one, without the brackets of an IPv6 address."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _understood(name: str, value: object) -> object:
    if name not in _TYPES:
        raise ValueError("there is no such setting")
    if isinstance(value, str):
        value = _FROM_TEXT.get(name, str)(value)
    if get_origin(_TYPES[name]) is Literal and value not in (choices := get_args(_TYPES[name])):
        raise ValueError(f"must be one of {', '.join(choices)}")
    understood = msgspec.convert(value, _TYPES[name], strict=False, dec_hook=_from_plain)
    if understood is not None and name in _CHECKS:
        _CHECKS[name](understood)
    return understood


def _from_plain(wanted: type, value: Any) -> object:
    """A value of a type that msgspec does not know."""
    return value if isinstance(value, wanted) else wanted(value)


def _truth(text: str) -> object:
    return {"yes": True, "on": True, "no": False, "off": False}.get(text.lower(), text)


def _hosts(text: str) -> list[str]:
    return [host.strip() for host in text.split(",") if host.strip()]


def _check_address(text: str) -> None:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdigit() and int(port) <= 65_535):
        raise ValueError("must be HOST:PORT, for example 127.0.0.1:8090")


def _check_place(url: Secret) -> None:
    parts = urlsplit(url.reveal())
    if not (
        (parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc)
        or (parts.scheme == "s3" and parts.hostname)
    ):
        raise ValueError("must be file:///path or s3://KEY:SECRET@bucket?endpoint=…")


_TYPES: Final = {field.name: field.type for field in msgspec.structs.fields(Settings)}
_FROM_TEXT: Final[Mapping[str, Callable[[str], object]]] = {
    "fetch_allow": _hosts,
    "without_community": _truth,
}
_CHECKS: Final[Mapping[str, Callable[[Any], None]]] = {
    "files": _check_place,
    "http": _check_address,
    "metrics_http": _check_address,
}
