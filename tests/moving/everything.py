"""A folder with everything that the reference knows of them: every type, option and oddity."""

import base64
import json
from pathlib import Path
from typing import Any, Final

import bcrypt
import jwt

from tests.pb_data import (
    MOMENT,
    SETTINGS,
    SUPERUSERS_ID,
    USERS_ID,
    PbData,
    auth,
    auth_options,
    base,
    field,
    key_field,
    users,
)

PASSWORD: Final = "a password from before"
ROOT: Final = "root@old.example.com"
FAN: Final = "fan@old.example.com"
FAN_ID: Final = "fan000000000001"
ROOT_ID: Final = "root00000000001"
MEMBER_ID: Final = "member000000001"
LOGGED: Final = "2033-12-01 10:00:00.123Z"
DECEMBER_2033: Final = 2_017_000_000

THING_FIELDS: Final = (
    field("text", "title", min=0, max=0, pattern="", presentable=True, help="What it is called"),
    field("editor", "body", maxSize=0, convertURLs=True),
    field("number", "score", min=None, max=None, onlyInt=False),
    field("bool", "live"),
    field("email", "contact", exceptDomains=None, onlyDomains=["example.com"]),
    field("url", "link", exceptDomains=[], onlyDomains=None),
    field("date", "day", min="2000-01-01 00:00:00.000Z", max=""),
    field("select", "one", values=["a", "b"], maxSelect=1),
    field("select", "many", values=["a", "b", "c"], maxSelect=3),
    field("file", "paper", maxSelect=1, maxSize=0, mimeTypes=None, thumbs=["100x100"]),
    field("file", "papers", maxSelect=5, maxSize=1000, mimeTypes=[], thumbs=None, protected=True),
    field("relation", "owner", collectionId=USERS_ID, maxSelect=1, cascadeDelete=True),
    field("relation", "fans", collectionId=USERS_ID, maxSelect=9, minSelect=0),
    field("json", "meta", maxSize=0),
    field("geoPoint", "place"),
    field("password", "pin", min=0, max=0, cost=4, hidden=False),
    field("text", "secret", hidden=True),
    field("autodate", "seen", onCreate=False, onUpdate=True),
)

PLAIN_VALUES: Final[dict[str, Any]] = {
    "title": "Häuser & <Höfe> 🏠",
    "body": "<p>two\nlines</p>",
    "score": 2.5,
    "live": 1,
    "contact": "a@example.com",
    "link": "https://example.com/?a=1",
    "day": "2024-02-29 12:00:00.123Z",
    "one": "b",
    "many": '["c","a"]',
    "paper": "photo_abcdefghij.png",
    "papers": '["one_aaaaaaaaaa.txt","two_bbbbbbbbbb.tar.gz"]',
    "owner": FAN_ID,
    "fans": json.dumps([FAN_ID]),
    "meta": '{"b":1,"a":[1.0,null,"x"]}',
    "place": '{"lon":127.0017,"lat":37.5642}',
    "secret": "not for everybody",
    "seen": "",
}
PLAIN_SHOWN: Final[dict[str, Any]] = {
    **PLAIN_VALUES,
    "live": True,
    "many": ["c", "a"],
    "papers": ["one_aaaaaaaaaa.txt", "two_bbbbbbbbbb.tar.gz"],
    "fans": [FAN_ID],
    "meta": {"b": 1, "a": [1.0, None, "x"]},
    "place": {"lon": 127.0017, "lat": 37.5642},
    "created": MOMENT,
    "updated": "2025-06-07 08:09:10.111Z",
}

ODD_COLUMNS: Final = {
    "score": "TEXT",
    "live": "Boolean",
    "day": "TEXT",
    "many": "TEXT",
    "one": "TEXT",
    "meta": "JSON",
    "place": "JSON",
    "title": "TEXT",
    "owner": "TEXT",
}
ODDITIES: Final[tuple[tuple[str, Any, Any], ...]] = (
    ("score", "12.50", 12.5),
    ("score", None, 0),
    ("score", "no number", 0),
    ("live", "true", True),
    ("live", None, False),
    ("live", "0", False),
    ("day", "2024-01-02T03:04:05Z", "2024-01-02 03:04:05.000Z"),
    ("day", "yesterday", ""),
    ("day", None, ""),
    ("many", "", []),
    ("many", None, []),
    ("many", "a", ["a"]),
    ("many", '["a","a","","b"]', ["a", "b"]),
    ("one", '["a","b"]', "b"),
    ("one", None, ""),
    ("owner", "nobody00000000x", "nobody00000000x"),
    ("meta", 5, 5),
    ("meta", 1e3, 1000),
    ("meta", 0.5, 0.5),
    ("meta", None, None),
    ("meta", "true", True),
    ("meta", '"text"', "text"),
    ("meta", "no json", "no json"),
    ("meta", '{"a":1,"a":2}', {"a": 2}),
    ("meta", r'"half \ud83d of one"', "half � of one"),
    ("place", None, {"lon": 0, "lat": 0}),
    ("place", "nowhere", {"lon": 0, "lat": 0}),
    ("title", b"\xff is not UTF-8", "� is not UTF-8"),
    ("title", "a\0b", "ab"),
    ("title", None, ""),
)
"""A field, the cell it has in an old folder, and what a client is shown of it."""


def odd_id(position: int) -> str:
    """The id of the record with one oddity."""
    return f"odd{position:012d}"


def make(folder: Path) -> None:
    """Fills a folder."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    with PbData(folder) as made:
        made.collection(_users())
        made.collection(_members())
        made.collection(_things("things", listRule="", viewRule="", createRule=None))
        made.collection(_things("odd_things"), ODD_COLUMNS)
        made.collection(base("keyed", id="custom_id", fields=[_odd_key()], viewRule=""))
        made.collection(_view("titles", "SELECT id, title, owner FROM things"))
        made.collection(_view("broken", "SELECT id, sqlite_version() AS v FROM nowhere", False))
        made.account("_superusers", ROOT_ID, ROOT, hashed, verified=True)
        made.account("_superusers", "pbinstaller0001", "__pbinstaller@example.com", hashed)
        made.account("users", FAN_ID, FAN, hashed, name="Fan", verified=True, emailVisibility=1)
        made.account("members", MEMBER_ID, "member@old.example.com", hashed, verified=True)
        _records(made)
        _files(made)
        _logs(made)
        made.settings(SETTINGS)


def _users() -> dict[str, Any]:
    options = auth_options(USERS_ID)
    provider = {"name": "oidc", "clientId": "me", "clientSecret": "a client secret", "pkce": None}
    urls = {"authURL": "https://id.example.com/a", "tokenURL": "https://id.example.com/t"}
    told = {**provider, **urls, "userInfoURL": "", "displayName": "House", "extra": None}
    options["oauth2"] = {**options["oauth2"], "providers": [told], "enabled": True}
    mine = "id = @request.auth.id"
    rules = {"listRule": mine, "viewRule": mine, "updateRule": mine, "createRule": ""}
    return users(options=options, **rules)


def _view(name: str, query: str, is_made: bool = True) -> dict[str, Any]:
    members = {"type": "view", "listRule": "", "viewRule": "", "is_made": is_made}
    return {**base(name), **members, "options": {"viewQuery": query}}


def _members() -> dict[str, Any]:
    """Accounts whose rule is not the one that new collections begin with."""
    options = {**auth_options("members"), "authRule": "verified = true"}
    return auth("members", field("text", "handle"), options=options)


def _things(name: str, **members: Any) -> dict[str, Any]:
    indexes = [
        f"CREATE UNIQUE INDEX `idx_{name}_title` ON `{name}` (`title` COLLATE NOCASE)"
        " WHERE `title` != ''",
        f"CREATE INDEX `idx_{name}_score` ON `{name}` (\n  `score`,\n  `live`\n)",
    ]
    return base(name, *THING_FIELDS, indexes=indexes, **members)


def _odd_key() -> dict[str, Any]:
    return key_field(min=1, max=0, pattern="^[A-Za-z-]+$", autogeneratePattern="")


def _records(made: PbData) -> None:
    dated = {"created": MOMENT, "updated": "2025-06-07 08:09:10.111Z"}
    made.record("things", id="thing0000000001", pin="$2a$04$" + "p" * 53, **PLAIN_VALUES, **dated)
    for position, (name, cell, _) in enumerate(ODDITIES):
        cells = {"id": odd_id(position), "created": MOMENT, "updated": MOMENT, name: cell}
        made.record("odd_things", **cells)
        if isinstance(cell, bytes):
            odd = f"UPDATE odd_things SET `{name}` = CAST(`{name}` AS TEXT) WHERE id = ?"
            made.sql.execute(odd, (odd_id(position),))
    made.record("keyed", id="Some-Key")
    linked = {"collectionRef": USERS_ID, "recordRef": FAN_ID, "created": MOMENT, "updated": MOMENT}
    provider = {"provider": "oidc", "providerId": "them"}
    made.record("_externalAuths", id="link00000000001", **linked, **provider)
    made.record("_authOrigins", id="orig00000000001", **linked, fingerprint="f" * 32)
    made.record("_otps", id="otp000000000001", **linked, password="$2a$08$x", sentTo=FAN)


def _logs(made: PbData) -> None:
    told = '{"status":400,"type":"request","url":"/api/x"}'
    made.logs(
        ("oldlog00000001", 8, "GET /api/x", told, LOGGED),
        ("oldlog00000002", 0, "GET /api/y", "no JSON", LOGGED),
        ("oldlog00000003", 0, b"broken \xff", '["no object"]', LOGGED),
    )


def _files(made: PbData) -> None:
    md5 = base64.b64encode(b"sixteen bytes of").decode()
    told = {"user.content_type": "image/png", "user.metadata": None, "md5": md5}
    thing = f"{base('things')['id']}/thing0000000001"
    made.file(f"{thing}/photo_abcdefghij.png", bytes(range(256)) * 5, told)
    made.file(f"{thing}/thumbs_photo_abcdefghij.png/100x100_photo_abcdefghij.png", b"small", told)
    made.file(f"{thing}/one_aaaaaaaaaa.txt", b"one")
    made.file(f"{thing}/left_cccccccccc.txt", b"no record names this one")


def token(
    kind: str = "auth", account: str = FAN_ID, collection: str = USERS_ID, **claims: Any
) -> str:
    """A token that PocketBase gave somebody before."""
    secrets = {"auth": "authToken", "passwordReset": "passwordResetToken", "file": "fileToken"}
    secret = auth_options(collection)[secrets[kind]]["secret"]
    told = {"collectionId": collection, "exp": DECEMBER_2033, "id": account, "type": kind, **claims}
    return jwt.encode(told, f"key-{account}".ljust(50, "k") + secret, "HS256")


def member_token() -> str:
    """A token of somebody whose collection has a rule about who may log in."""
    told = {"exp": DECEMBER_2033, "id": MEMBER_ID, "type": "auth", "refreshable": True}
    key = f"key-{MEMBER_ID}".ljust(50, "k") + auth_options("members")["authToken"]["secret"]
    return jwt.encode({**told, "collectionId": auth("members")["id"]}, key, "HS256")


def root_token() -> str:
    """A superuser's token."""
    return token("auth", ROOT_ID, SUPERUSERS_ID, refreshable=True)
