"""Every setting, with its default and its reason, in one table.

The environment variables (HOLOBASE_ and the name in capitals) and `docs/reference/settings.md` are
made from this file. Bounds that no operator needs to move are constants named …_MAX or …_SECONDS
where they are used, with their reason below them; the same page lists those too.
"""

from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX: Final = "HOLOBASE_"
KIB: Final = 1024
MIB: Final = 1024 * KIB

LogLevel: TypeAlias = Literal["ERROR", "WARN", "INFO", "DEBUG"]
LogFormat: TypeAlias = Literal["auto", "json", "console"]
Count: TypeAlias = Annotated[int, Field(ge=1)]
Workers: TypeAlias = Annotated[int, Field(ge=1, le=256)]
Size: TypeAlias = Annotated[int, Field(ge=1)]
Seconds: TypeAlias = Annotated[float, Field(gt=0)]


class Settings(BaseSettings):
    """What an operator may choose. Read once at the start and never changed."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid"
    )

    # Where things are
    data: Path = Field(
        default=Path("hb_data"),
        description="Folder of the database, the instance key and everything else that must last.",
    )
    store: SecretStr | None = Field(
        default=None,
        description="Database, as postgresql://user:password@host:port/database?schema=holobase; "
        "without it, a SQLite file in the data folder.",
    )
    files: SecretStr | None = Field(
        default=None,
        description="Where uploaded files are kept: a folder as file:///path, or a bucket as "
        "s3://KEY:SECRET@bucket?endpoint=https://host&region=…; without it, the folder `storage` "
        "in the data folder. An S3 storage that a superuser has switched on goes before it.",
    )
    http: str = Field(
        default="127.0.0.1:8090",
        description="Address to listen on, HOST:PORT; port 0 takes a free one, `localhost` means "
        "both loopbacks. The default is closed to other machines until you open it.",
    )
    origins: str = Field(
        default="*",
        description="Web pages that may read our answers, as origins between commas, where `*` "
        "stands for any text, as in https://*.example.com.",
    )
    metrics_http: str | None = Field(
        default=None,
        description="Address of `/metrics` for Prometheus, HOST:PORT, on its own because it is not "
        "for clients; without it there is none.",
    )
    key: SecretStr | None = Field(
        default=None,
        description="Instance key that seals secrets and personal data, 32 bytes as base64 or hex. "
        "Without it a key file that only the owner can read is kept in the data folder.",
    )

    # How many there are
    workers: Workers | None = Field(
        default=None,
        description="Processes that serve; without it one for each core that may be used, 4 at "
        "most, because each takes some 35 MB. Bounds of requests, connections and passwords hold "
        "in each of them.",
    )

    # What is served
    without_community: bool = Field(
        default=False,
        description="Only the engine and its superusers, without the card community's collections; "
        "a folder in which the community is kept refuses to start so.",
    )

    # What is said
    log_level: LogLevel = Field(default="INFO", description="Least serious level that is written.")
    log_format: LogFormat = Field(
        default="auto",
        description="`console` to read, `json` (ECS names) to collect; `auto` looks whether"
        " a terminal is attached.",
    )

    # What a request may weigh
    body_bytes_max: Size = Field(
        default=32 * MIB, description="Largest request body; what PocketBase allows, more is a 413."
    )
    image_processes: Count = Field(
        default=1,
        description="Processes that work on pictures, for each process that serves; they start "
        "when there is work, and one leaves cores for everybody else.",
    )
    upload_seconds: Seconds = Field(
        default=600.0,
        description="How long a write may take from storing its files to its commit. What a crash "
        "left half done is removed after so long.",
    )
    upload_bytes_max: Size = Field(
        default=1024 * MIB,
        description="Bytes that one account may have on their way to records, piece by piece or "
        "straight into a bucket, and so the largest file that comes so.",
    )
    upload_kept_seconds: Seconds = Field(
        default=86_400.0,
        description="How long such a file is kept after its last piece, whole or not, until a "
        "record names it: time to come back on the next day.",
    )
    header_bytes_max: Size = Field(
        default=64 * KIB,
        description="Largest request line and headers together; a browser's cookies and a long "
        "filter fit with room to spare.",
    )
    connections_max: Count = Field(
        default=10_000,
        description="Open connections; beyond it a 503 is better than running out of files.",
    )
    backlog_connections_max: Count = Field(
        default=2_048,
        description="Connections the kernel holds while the program is busy accepting.",
    )
    keep_alive_seconds: Seconds = Field(
        default=75.0,
        description="How long an idle connection is kept, longer than proxies' usual 60 s.",
    )
    shutdown_seconds: Seconds = Field(
        default=10.0,
        description="How long requests that were accepted may take to finish after SIGTERM.",
    )

    # What listening may cost
    realtime_idle_seconds: Seconds = Field(
        default=300.0,
        description="How long a realtime connection lasts on which nothing is told; as PocketBase.",
    )
    realtime_life_seconds: Seconds = Field(
        default=1_800.0,
        description="How long a realtime connection lasts at all; clients come back by themselves.",
    )

    # What a question may cost
    filter_comparisons_max: Count = Field(
        default=1_000, description="Comparisons in one filter; frontends send chains of hundreds."
    )

    # What passwords may cost
    hash_threads: Count = Field(
        default=1,
        description="Threads that hash passwords; with two cores one is left for everybody else.",
    )
    hash_queue_max: Count = Field(
        default=256,
        description="Sign-ups and logins waiting to be hashed; beyond it the answer is a 503.",
    )

    # What guessing may cost
    failed_logins_max: Annotated[int, Field(ge=0)] = Field(
        default=10,
        description="Logins and codes that may fail for one account from one address within five "
        "minutes; the next is a 429. Ten times as many may for one account from all addresses, "
        "thirty times as many from one public address for all accounts. Logins that succeed never "
        "count, nor do the addresses that rate limits exclude; 0 sets no limit.",
    )

    # What may be fetched
    fetch_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Hosts in your own network that may be asked all the same (an OIDC provider, "
        "say), by the name or address that stands in the URL, with commas between. Everything else "
        "that is fetched has to be on the public internet, whoever names it.",
    )

    @field_validator("fetch_allow", mode="before")
    @classmethod
    def _are_hosts(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        hosts = [host.strip() for host in given.split(",")]
        return tuple(host for host in hosts if host)

    @field_validator("http", "metrics_http")
    @classmethod
    def _is_an_address(cls, text: str | None) -> str | None:
        if text is None:
            return None
        host, colon, port = text.rpartition(":")
        if not (colon and host and port.isdigit() and int(port) <= 65_535):
            raise ValueError("must be HOST:PORT, for example 127.0.0.1:8090")
        return text

    @field_validator("files")
    @classmethod
    def _is_a_place(cls, url: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(url.get_secret_value()) if url else None
        if parts and not (
            (parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc)
            or (parts.scheme == "s3" and parts.hostname)
        ):
            raise ValueError("must be file:///path or s3://KEY:SECRET@bucket?endpoint=…")
        return url

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
