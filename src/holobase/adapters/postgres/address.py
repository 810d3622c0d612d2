"""The address of a schema: an operator's URL as what a driver needs. Never shows a password."""

from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from holobase.domain.errors import DamagedData

SCHEMA_DEFAULT = "holobase"
NAME_BYTES_MAX = 63
"""PostgreSQL cuts longer names; two schemas could become one."""

EXAMPLE = "postgresql://user:password@host:port/database?schema=holobase"


@dataclass(frozen=True, slots=True)
class Address:
    """`dsn` is the driver's, without the schema, and may hold a password; `str()` does not."""

    dsn: str = field(repr=False)
    schema: str
    place: str

    def __str__(self) -> str:
        return f"{self.place} (schema {self.schema})"


def parse(url: str) -> Address:
    """The address in a URL like `EXAMPLE`; further parameters are the driver's, as `host=/folder`.

    Raises DamagedData, with a sentence that does not repeat the URL, where it is none.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise DamagedData(f"The store's address is not like {EXAMPLE}.") from error
    query = parse_qsl(parts.query, keep_blank_values=True)
    given = dict(query)
    schema = given.get("schema", SCHEMA_DEFAULT)
    if parts.scheme not in ("postgresql", "postgres") or not _is_name(schema):
        raise DamagedData(f"The store's address is not like {EXAMPLE}.")
    rest = urlencode([pair for pair in query if pair[0] != "schema"])
    host = parts.hostname or given.get("host", "localhost")
    where = f"{host}:{port}" if port else host
    database = parts.path.strip("/") or given.get("dbname", "default")
    dsn = urlunsplit(parts._replace(query=rest))
    return Address(dsn, schema, f"PostgreSQL at {where}, database {database}")


def beside(address: Address, suffix: str) -> Address:
    """The address of a schema beside another one, told by a suffix."""
    return replace(address, schema=address.schema[: NAME_BYTES_MAX - len(suffix)] + suffix)


def _is_name(schema: str) -> bool:
    is_system = schema.startswith("pg_") or schema == "information_schema"
    return 0 < len(schema.encode()) <= NAME_BYTES_MAX and not is_system and "\0" not in schema
