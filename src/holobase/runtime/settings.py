"""Every setting and every bound, each with its default and its reason, in one table.

`holobase serve --help`, `docs/reference/settings.md` and the environment variables (HOLOBASE_ and
the name in capitals) are all made from this file. A queue, a retry, a size or a wait that has no
row here has no business in the program.
"""

from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX: Final = "HOLOBASE_"
KIB: Final = 1024
MIB: Final = 1024 * KIB

LogLevel: TypeAlias = Literal["ERROR", "WARN", "INFO", "DEBUG"]
LogFormat: TypeAlias = Literal["auto", "json", "console"]
Count: TypeAlias = Annotated[int, Field(ge=1)]
Size: TypeAlias = Annotated[int, Field(ge=1)]
Seconds: TypeAlias = Annotated[float, Field(gt=0)]


class Settings(BaseSettings):
    """What an operator may choose. Read once at the start and never changed."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid"
    )

    # Where things are
    data: Path = Field(
        Path("hb_data"),
        description="Folder of the database, the instance key and everything else that must last.",
    )
    http: str = Field(
        "127.0.0.1:8090",
        description="Address to listen on, HOST:PORT; port 0 takes a free one, `localhost` means "
        "both loopbacks. The default is closed to other machines until you open it.",
    )
    key: SecretStr | None = Field(
        None,
        description="Instance key that seals secrets and personal data, 32 bytes as base64 or hex. "
        "Without it a key file that only the owner can read is kept in the data folder.",
    )

    # What is said
    log_level: LogLevel = Field("INFO", description="Least serious level that is written.")
    log_format: LogFormat = Field(
        "auto",
        description="`console` to read, `json` (ECS names) to collect; `auto` looks whether"
        " a terminal is attached.",
    )

    # What a request may weigh
    body_bytes_max: Size = Field(
        32 * MIB, description="Largest request body; what PocketBase allows, more is a 413."
    )
    header_bytes_max: Size = Field(
        64 * KIB,
        description="Largest request line and headers together; a browser's cookies and a long "
        "filter fit with room to spare.",
    )
    connections_max: Count = Field(
        10_000, description="Open connections; beyond it a 503 is better than running out of files."
    )
    backlog_connections_max: Count = Field(
        2_048, description="Connections the kernel holds while the program is busy accepting."
    )
    keep_alive_seconds: Seconds = Field(
        75.0, description="How long an idle connection is kept, longer than proxies' usual 60 s."
    )
    shutdown_seconds: Seconds = Field(
        10.0,
        description="How long requests that were accepted may take to finish after SIGTERM.",
    )

    # What a question may cost
    per_page_max: Count = Field(
        1_000, description="Records on one page; what PocketBase's SDK asks for in getFullList."
    )
    filter_bytes_max: Size = Field(
        64 * KIB, description="Longest filter or sort text; it has to fit into the request line."
    )
    filter_comparisons_max: Count = Field(
        1_000, description="Comparisons in one filter; frontends send chains of hundreds."
    )
    expand_depth_max: Count = Field(6, description="Levels of nested `expand`, as in PocketBase.")
    read_seconds_max: Seconds = Field(
        10.0, description="Time limit of one query; a scan that is slower would hold a reader."
    )
    reader_threads: Count = Field(
        2, description="Threads for queries that scan; indexed ones run without a thread hop."
    )

    # What a write may wait for
    group_commands_max: Count = Field(
        512, description="Commands in one commit; more would make the first of them wait too long."
    )
    queue_commands_max: Count = Field(
        10_000, description="Commands waiting for the writer; beyond it the answer is a 503."
    )
    group_wait_seconds: float = Field(
        0.0,
        ge=0,
        description="How long the writer waits for company before it commits. A commit in progress "
        "is company enough, so nothing is gained by waiting longer.",
    )
    checkpoint_seconds: Seconds = Field(
        1.0, description="How often the write-ahead log is folded into the database file."
    )

    # What passwords may cost
    hash_threads: Count = Field(
        1, description="Threads that hash passwords; with two cores one is left for everybody else."
    )
    hash_queue_max: Count = Field(
        256, description="Sign-ups and logins waiting to be hashed; beyond it the answer is a 503."
    )

    # What is remembered
    body_cache_bytes_max: Size = Field(
        64 * KIB,
        description="Largest rendered record kept beside its row; others are made anew.",
    )
    statement_cache_max: Count = Field(
        1_000, description="Compiled filters and rules kept; compiling costs 40 times executing."
    )
    token_cache_max: Count = Field(
        10_000, description="Verified tokens kept, so that a signature is checked once, not always."
    )

    @field_validator("http")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        host, colon, port = text.rpartition(":")
        if not (colon and host and port.isdigit() and int(port) <= 65_535):
            raise ValueError("must be HOST:PORT, for example 127.0.0.1:8090")
        return text

    @property
    def host(self) -> str:
        """The host part of `http`, without the brackets of an IPv6 address."""
        return self.http.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port part of `http`."""
        return int(self.http.rpartition(":")[2])
