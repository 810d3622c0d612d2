"""Data folders as a PocketBase program leaves them, made by SQL: for tests of moving in.

with PbData(tmp_path / "pb_data") as folder:
    folder.collection(base("posts", field("text", "title")))
    folder.record("posts", id="post00000000001", title="Hello")
"""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import apsw

MOMENT = "2025-03-04 05:06:07.089Z"
SUPERUSERS_ID = "pbc_3142635823"
USERS_ID = "_pb_users_auth_"
MIGRATIONS = (
    "1640988000_aux_init.go",
    "1640988000_init.go",
    "1717233556_v0.23_migrate.go",
    "1717233557_v0.23_migrate2.go",
    "1717233558_v0.23_migrate3.go",
    "1717233559_v0.23_migrate4.go",
    "1763020353_update_default_auth_alert_templates.go",
    "1778828400_normalize_indexes.go",
)

_TABLES = """
CREATE TABLE _migrations (file VARCHAR(255) PRIMARY KEY NOT NULL, applied INTEGER NOT NULL);
CREATE TABLE _params (id TEXT PRIMARY KEY NOT NULL, value JSON DEFAULT NULL,
  created TEXT DEFAULT '' NOT NULL, updated TEXT DEFAULT '' NOT NULL);
CREATE TABLE _collections (id TEXT PRIMARY KEY NOT NULL, system BOOLEAN DEFAULT FALSE NOT NULL,
  type TEXT DEFAULT 'base' NOT NULL, name TEXT UNIQUE NOT NULL, fields JSON DEFAULT '[]' NOT NULL,
  indexes JSON DEFAULT '[]' NOT NULL, listRule TEXT, viewRule TEXT, createRule TEXT,
  updateRule TEXT, deleteRule TEXT, options JSON DEFAULT '{}' NOT NULL,
  created TEXT DEFAULT '' NOT NULL, updated TEXT DEFAULT '' NOT NULL);
CREATE INDEX idx__collections_type ON _collections (type);
"""

_COLUMNS = {
    "number": "NUMERIC DEFAULT 0 NOT NULL",
    "bool": "BOOLEAN DEFAULT FALSE NOT NULL",
    "json": "JSON DEFAULT NULL",
    "geoPoint": """JSON DEFAULT '{"lon":0,"lat":0}' NOT NULL""",
}


def field(kind: str, name: str, **options: Any) -> dict[str, Any]:
    """A field object with the id that PocketBase gives one of this type and name."""
    made = {"id": f"{kind}{zlib.crc32(name.encode())}", "name": name, "type": kind}
    return {**made, "system": False, "hidden": False, "presentable": False, **options}


def key_field(**options: Any) -> dict[str, Any]:
    """The field that every collection has."""
    fixed = {"system": True, "required": True, "primaryKey": True, "min": 15, "max": 15}
    generated = {"pattern": "^[a-z0-9]+$", "autogeneratePattern": "[a-z0-9]{15}"}
    return field("text", "id", **{**fixed, **generated, **options})


def dates() -> list[dict[str, Any]]:
    """The two dates that a client adds."""
    updated = field("autodate", "updated", onCreate=True, onUpdate=True)
    return [field("autodate", "created", onCreate=True, onUpdate=False), updated]


def base(name: str, *fields: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A definition with records that nobody logs in with."""
    identifier = f"pbc_{zlib.crc32(('base' + name).encode())}"
    made = {"id": identifier, "name": name, "type": "base", "options": {}}
    return {**made, "fields": [key_field(), *fields, *dates()], **members}


def auth(name: str, *fields: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A definition of accounts, with a secret of its own for each kind of token."""
    identifier = members.pop("id", f"pbc_{zlib.crc32(('auth' + name).encode())}")
    token_key = {"min": 30, "max": 60, "autogeneratePattern": "[a-zA-Z0-9]{50}"}
    own = [
        field("password", "password", system=True, hidden=True, required=True, min=8),
        field("text", "tokenKey", system=True, hidden=True, required=True, **token_key),
        field("email", "email", system=True, required=True),
        field("bool", "emailVisibility", system=True),
        field("bool", "verified", system=True),
    ]
    indexes = [
        f"CREATE UNIQUE INDEX `idx_tokenKey_{identifier}` ON `{name}` (`tokenKey`)",
        f"CREATE UNIQUE INDEX `idx_email_{identifier}` ON `{name}` (`email`) WHERE `email` != ''",
    ]
    made = {"id": identifier, "name": name, "type": "auth", "options": auth_options(identifier)}
    everything = [key_field(), *own, *fields, *dates()]
    return {**made, "fields": everything, "indexes": indexes, **members}


def auth_options(seed: str) -> dict[str, Any]:
    """The options of an auth collection as they are stored, secrets included."""
    mail = {"subject": f"{seed} {{APP_NAME}}", "body": "<p>{TOKEN}</p>"}

    def token(kind: str, seconds: int) -> dict[str, Any]:
        return {"duration": seconds, "secret": f"{kind}-{seed}".ljust(50, "s")}

    return {
        "authRule": "",
        "manageRule": None,
        "authAlert": {"enabled": True, "emailTemplate": mail},
        "oauth2": {
            "providers": [],
            "mappedFields": {"id": "", "name": "", "username": "", "avatarURL": ""},
            "enabled": False,
        },
        "passwordAuth": {"enabled": True, "identityFields": ["email"]},
        "mfa": {"enabled": False, "duration": 600, "rule": ""},
        "otp": {"enabled": False, "duration": 180, "length": 8, "emailTemplate": mail},
        "authToken": token("auth", 1_209_600),
        "passwordResetToken": token("reset", 1_800),
        "emailChangeToken": token("change", 1_800),
        "verificationToken": token("verify", 86_400),
        "fileToken": token("file", 180),
        "verificationTemplate": mail,
        "resetPasswordTemplate": mail,
        "confirmEmailChangeTemplate": mail,
    }


def users(*fields: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The accounts that every new PocketBase begins with."""
    named = [field("text", "name", max=255), field("file", "avatar", maxSelect=1)]
    return auth("users", *named, *fields, id=USERS_ID, **members)


def superusers() -> dict[str, Any]:
    """The system's own accounts."""
    return auth("_superusers", system=True)


def references(name: str, identifier: str, *names: str) -> dict[str, Any]:
    """One of the system's collections about accounts."""
    texts = [
        field("password" if each == "password" else "text", each, required=True, system=True)
        for each in ("collectionRef", "recordRef", *names)
    ]
    mine = (
        "@request.auth.id != '' && recordRef = @request.auth.id &&"
        " collectionRef = @request.auth.collectionId"
    )
    return base(name, *texts, id=identifier, system=True, listRule=mine, viewRule=mine)


SYSTEM = (
    references("_mfas", "pbc_2279338944", "method"),
    references("_otps", "pbc_1638494021", "password", "sentTo"),
    references("_externalAuths", "pbc_2281828961", "provider", "providerId"),
    references("_authOrigins", "pbc_4275539003", "fingerprint"),
    superusers(),
)

SETTINGS: dict[str, Any] = {
    "smtp": {
        "enabled": True,
        "port": 2525,
        "host": "mail.example.com",
        "username": "mailer",
        "password": "smtp secret",
        "authMethod": "LOGIN",
        "tls": True,
        "localName": "",
    },
    "backups": {
        "cron": "0 0 * * *",
        "cronMaxKeep": 5,
        "s3": {
            "enabled": False,
            "bucket": "",
            "region": "",
            "endpoint": "",
            "accessKey": "",
            "secret": "backup secret",
            "forcePathStyle": False,
        },
    },
    "s3": {
        "enabled": False,
        "bucket": "",
        "region": "",
        "endpoint": "",
        "accessKey": "",
        "forcePathStyle": False,
    },
    "meta": {
        "appName": "Old place",
        "appURL": "https://old.example.com",
        "senderName": "Old",
        "senderAddress": "old@example.com",
        "hideControls": True,
    },
    "rateLimits": {"rules": [], "enabled": False},
    "trustedProxy": {"headers": ["X-Real-IP"], "useLeftmostIP": False},
    "batch": {"enabled": True, "maxRequests": 7, "timeout": 2, "maxBodySize": 0},
    "logs": {"maxDays": 3, "minLevel": 0, "logIP": False, "logAuthId": True},
}


_LOGS = """
CREATE TABLE IF NOT EXISTS _logs (
    id TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL,
    level INTEGER DEFAULT 0 NOT NULL,
    message TEXT DEFAULT "" NOT NULL,
    data JSON DEFAULT "{}" NOT NULL,
    created TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%fZ')) NOT NULL
)
"""


class PbData:
    """A folder to be filled; closed in good order when its block is left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.sql = apsw.Connection(str(folder / "data.db"))
        self._wal(self.sql)
        self.sql.execute("BEGIN")
        self.sql.execute(_TABLES)
        self.sql.executemany("INSERT INTO _migrations VALUES (?, 1)", [(m,) for m in MIGRATIONS])
        for definition in SYSTEM:
            self.collection(definition)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Commits and closes, which leaves no log behind."""
        if self.sql.in_transaction:
            self.sql.execute("COMMIT")
        self.sql.close()

    @staticmethod
    def _wal(connection: apsw.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")

    def collection(
        self, definition: Mapping[str, Any], columns: Mapping[str, str] | None = None
    ) -> None:
        """Adds a definition and its table; `columns` declares some of them in another way."""
        made = {"system": False, "indexes": [], "created": MOMENT, "updated": MOMENT, **definition}
        is_made = made.pop("is_made", True)
        for name in ("fields", "indexes", "options"):
            made[name] = json.dumps(made[name], separators=(",", ":"))
        self._insert("_collections", made)
        name = definition["name"]
        if definition["type"] == "view":
            query = definition["options"]["viewQuery"]
            if is_made:
                self.sql.execute(f"CREATE VIEW `{name}` AS SELECT * FROM ({query})")
            return
        told = ", ".join(
            f"`{each['name']}` {(columns or {}).get(each['name']) or _column(each)}"
            for each in sorted(definition["fields"], key=lambda each: str(each["name"]))
        )
        self.sql.execute(f"CREATE TABLE `{name}` ({told})")
        for index in definition.get("indexes", ()):
            self.sql.execute(index)

    def record(self, collection: str, **cells: Any) -> None:
        """Adds a row with these cells."""
        self._insert(collection, cells)

    def account(
        self, collection: str, record_id: str, email: str, hashed: str, **cells: Any
    ) -> None:
        """Adds somebody who can log in; the token key follows from the id."""
        dated = {"created": MOMENT, "updated": MOMENT}
        key = {"tokenKey": f"key-{record_id}".ljust(50, "k"), "password": hashed}
        self._insert(collection, {"id": record_id, "email": email, **key, **dated, **cells})

    def settings(self, value: Any) -> None:
        """Keeps settings: bytes as they are stored, or members to be stored."""
        stored = value if isinstance(value, bytes | str) else json.dumps(value).encode()
        self._insert("_params", {"id": "settings", "value": stored})

    def logs(self, *rows: tuple[Any, ...]) -> None:
        """Adds entries to the request log: id, level, message, data and created."""
        connection = apsw.Connection(str(self.folder / "auxiliary.db"))
        connection.execute(_LOGS)
        connection.executemany("INSERT INTO _logs VALUES (?, ?, ?, ?, ?)", rows)
        connection.close()

    def file(self, path: str, content: bytes, attributes: Mapping[str, Any] | None = None) -> None:
        """Adds a file to the storage, with its sidecar."""
        whole = self.folder / "storage" / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_bytes(content)
        if attributes is not None:
            whole.with_name(whole.name + ".attrs").write_text(json.dumps(attributes))

    def _insert(self, table: str, cells: Mapping[str, Any]) -> None:
        names = ", ".join(f"`{name}`" for name in cells)
        marks = ", ".join("?" * len(cells))
        self.sql.execute(f"INSERT INTO `{table}` ({names}) VALUES ({marks})", tuple(cells.values()))


def _column(definition: Mapping[str, Any]) -> str:
    if definition["name"] == "id":
        return "TEXT PRIMARY KEY NOT NULL"
    if definition.get("maxSelect", 0) > 1:
        return "JSON DEFAULT '[]' NOT NULL"
    return _COLUMNS.get(definition["type"], "TEXT DEFAULT '' NOT NULL")
