"""The settings of an instance: their shape, who may see and change them, every check, secrets."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from holobase.domain.settings import secrets
from holobase.engine.instance_settings import from_event
from holobase.engine.sealing import Sealer
from holobase.runtime.keys import instance_key
from tests.server import run, serve
from tests.wire.rows import Json, Row, check, rows
from tests.wire.world import PASSWORD, ROOT, World

PATH = "/api/settings"
CHANGED = ("_settings.changed",)
S3 = {
    "enabled": False,
    "bucket": "",
    "region": "",
    "endpoint": "",
    "accessKey": "",
    "forcePathStyle": False,
}
EVERYTHING = {
    "superuserIPs": [],
    "smtp": {
        "enabled": False,
        "port": 587,
        "host": "smtp.example.com",
        "username": "",
        "authMethod": "",
        "tls": False,
        "localName": "",
    },
    "backups": {"cron": "", "cronMaxKeep": 3, "s3": S3},
    "s3": S3,
    "meta": {
        "accentColor": "#1055c9",
        "appName": "Acme",
        "appURL": "http://localhost:8090",
        "senderName": "Support",
        "senderAddress": "support@example.com",
        "hideControls": False,
    },
    "rateLimits": {
        "rules": [
            {"label": "*:auth", "audience": "", "duration": 3, "maxRequests": 2},
            {"label": "*:create", "audience": "", "duration": 5, "maxRequests": 20},
            {"label": "/api/batch", "audience": "", "duration": 1, "maxRequests": 3},
            {"label": "/api/", "audience": "", "duration": 10, "maxRequests": 300},
        ],
        "excludedIPs": [],
        "enabled": False,
    },
    "trustedProxy": {"headers": [], "useLeftmostIP": False},
    "batch": {"enabled": False, "maxRequests": 50, "timeout": 3, "maxBodySize": 0},
    "logs": {"maxDataSize": 0, "maxDays": 5, "minLevel": 0, "logIP": True, "logAuthId": False},
}
"""What a new instance shows, in the order in which it shows it."""


@pytest.fixture(autouse=True)
def as_new(world: World) -> Iterator[None]:
    """Every test begins and ends with the settings of a new instance."""
    secret = {"smtp": {"password": ""}, "s3": {"secret": ""}, "backups": {"s3": {"secret": ""}}}
    yield
    for body in (EVERYTHING, secret):
        assert world.ask("root", "PATCH", PATH, body=body).status_code == 200


def patch(says: str, body: Json, codes: Json = None, **row: Json) -> Row:
    """A change by the superuser: accepted, or refused for these codes."""
    row.setdefault("status", 200 if codes is None else 400)
    row.setdefault("events", CHANGED if row["status"] == 200 else ())
    row.setdefault("who", "root")
    return Row(says=says, method="PATCH", path=PATH, body=body, codes=codes or {}, **row)


def limits(*rules: Json) -> Json:
    return {"rateLimits": {"rules": list(rules)}}


def limit(label: str, audience: str = "") -> Json:
    return {"label": label, "audience": audience, "duration": 1, "maxRequests": 1}


def required(section: str, *names: str) -> dict[str, str]:
    return {f"{section}.{name}": REQUIRED for name in names}


REQUIRED, AT_LEAST = "validation_required", "validation_min_greater_equal_than_required"
OUT_OF_RANGE = "validation_length_out_of_range"
NETWORK = "validation_invlaid_ip_or_subnet"


def test_a_new_instance_shows_everything_in_its_order(tmp_path: Path) -> None:
    made = run("superuser", "create", ROOT, PASSWORD, "--data", str(tmp_path))
    assert made.returncode == 0, made.stderr
    login = {"identity": ROOT, "password": PASSWORD}
    with serve(tmp_path) as server, httpx.Client(base_url=server.url) as client:
        session = client.post("/api/collections/_superusers/auth-with-password", json=login)
        answer = client.get(PATH, headers={"Authorization": session.json()["token"]})
    assert answer.content == json.dumps(EVERYTHING, separators=(",", ":")).encode()


@rows(
    Row(says="a guest sees nothing", path=PATH, status=401),
    Row(says="a user sees nothing", who="alice", path=PATH, status=403),
    Row(
        says="nor somebody with a bad token", path=PATH, headers={"authorization": "x"}, status=401
    ),
    Row(says="there is nothing to make", who="root", method="POST", path=PATH, status=404),
    Row(
        says="single members can be picked",
        who="root",
        path=PATH,
        query={"fields": "meta.appName,batch.enabled"},
        equals={"meta": {"appName": "Acme"}, "batch": {"enabled": False}},
        lacks=["smtp"],
    ),
    patch("a guest changes nothing, whatever they send", None, {}, who="guest", status=401),
    patch("a user changes nothing", {"meta": {"appName": "X"}}, {}, who="alice", status=403),
    patch(
        "nested members are merged",
        {"meta": {"appName": "Holo"}, "batch": {"maxRequests": 7}},
        equals={"meta.appName": "Holo", "meta.senderName": "Support", "batch.maxRequests": 7},
    ),
    patch(
        "lists are replaced",
        limits(limit("a")) | {"trustedProxy": {"headers": ["X-Real-IP"]}},
        equals={"rateLimits.rules": [limit("a")], "trustedProxy.headers": ["X-Real-IP"]},
    ),
    patch("what is not sent stays", {}, events=()),
    patch("no body changes nothing", None, events=()),
    patch("unknown names are ignored", {"nope": 1, "meta": {"nope": 1}}, events=()),
    patch("what is as it was writes nothing", {"meta": {"appName": "Acme"}}, events=()),
    patch("null gives the zero value", {"smtp": {"port": None}}, equals={"smtp.port": 0}),
    patch(
        "the answer of a change can be picked from",
        {"meta": {"appName": "Holo"}},
        query={"fields": "meta.appName"},
        equals={"meta": {"appName": "Holo"}},
        lacks=["batch"],
    ),
    patch(
        "a bad picker is refused before anything is written",
        {"meta": {"appName": "Holo"}},
        {},
        query={"fields": "meta:bad"},
    ),
)
def test_seeing_and_changing(world: World, row: Row) -> None:
    check(world, row)


@rows(
    patch("a list of texts", {"superuserIPs": "1.2.3.4"}, {}),
    patch("an object", {"meta": []}, {}),
    patch("a text", {"meta": {"appName": 5}}, {}),
    patch("a bool", {"batch": {"enabled": "true"}}, {}),
    patch("a whole number", {"smtp": {"port": 1.5}}, {}),
    patch("a number that fits", {"batch": {"maxRequests": 2**63}}, {}),
    patch("a list of rules", {"rateLimits": {"rules": [5]}}, {}),
    patch("an object at all", [], {}),
)
def test_a_member_has_one_type(world: World, row: Row) -> None:
    check(world, row)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b'{"meta":{},"meta":{}}', "application/json"),
        (b'{"meta":{"appName":"\\u0000"}}', "application/json"),
        (b"meta.appName=X", "application/x-www-form-urlencoded"),
        (b"{}", "text/plain"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(world: World, content: bytes, kind: str) -> None:
    with world.events() as written:
        answer = world.ask("root", "PATCH", PATH, content=content, headers={"content-type": kind})
    assert (answer.status_code, written) == (400, [])


def test_a_body_beyond_reason_is_too_large(world: World) -> None:
    answer = world.ask("root", "PATCH", PATH, body={"meta": {"appName": "x" * 2**20}})
    assert answer.status_code == 413


@rows(
    patch(
        "addresses and subnets",
        {"superuserIPs": ["x", "1.2.3.4", "10.0.0.0/8", "::1", "1.2.3.4/33", "", "1.2.3.4/08"]},
        {
            "superuserIPs.0": NETWORK,
            "superuserIPs.4": NETWORK,
            "superuserIPs.5": REQUIRED,
            "superuserIPs.6": NETWORK,
        },
    ),
    patch(
        "names, addresses and colours",
        {
            "meta": {
                "appName": "",
                "senderName": "x" * 256,
                "appURL": "nope",
                "senderAddress": "x",
                "accentColor": "#12",
            }
        },
        {
            "meta.appName": REQUIRED,
            "meta.senderName": OUT_OF_RANGE,
            "meta.appURL": "validation_is_url",
            "meta.senderAddress": "validation_is_email",
            "meta.accentColor": "validation_length_invalid",
        },
    ),
    patch(
        "a length counts bytes", {"meta": {"appName": "é" * 128}}, {"meta.appName": OUT_OF_RANGE}
    ),
    patch(
        "a colour is hexadecimal",
        {"meta": {"accentColor": "#12345g"}},
        {"meta.accentColor": "validation_is_hex_color"},
    ),
    patch("no colour is one", {"meta": {"accentColor": ""}}),
    patch(
        "null for a section empties it",
        {"meta": None},
        required("meta", "appName", "appURL", "senderName", "senderAddress"),
    ),
    patch(
        "an enabled mail server has a host and a port",
        {"smtp": {"enabled": True, "host": "", "port": 0}},
        {"smtp.host": REQUIRED, "smtp.port": REQUIRED},
    ),
    patch("another needs neither", {"smtp": {"host": "", "port": 0}}),
    patch(
        "a mail server's members are checked at any time",
        {"smtp": {"host": "a b", "port": -1, "authMethod": "X", "localName": "-x"}},
        {
            "smtp.host": "validation_is_host",
            "smtp.port": AT_LEAST,
            "smtp.authMethod": "validation_in_invalid",
            "smtp.localName": "validation_is_host",
        },
    ),
    patch("a host may be an address", {"smtp": {"host": "::1", "localName": "a_b.c."}}),
    patch("but no subnet", {"smtp": {"host": "10.0.0.0/8"}}, {"smtp.host": "validation_is_host"}),
    patch(
        "an enabled store is whole",
        {"s3": {"enabled": True}, "backups": {"s3": {"enabled": True, "endpoint": "a b"}}},
        {
            **required("s3", "bucket", "region", "endpoint", "accessKey", "secret"),
            **required("backups.s3", "bucket", "region", "accessKey", "secret"),
            "backups.s3.endpoint": "validation_is_url",
        },
    ),
    patch("schedules", {"backups": {"cron": "x"}}, {"backups.cron": "validation_invalid_cron"}),
    patch(
        "a schedule keeps at least one backup",
        {"backups": {"cron": "@daily", "cronMaxKeep": 0}},
        {"backups.cronMaxKeep": REQUIRED},
    ),
    patch(
        "fewer than none cannot be kept",
        {"backups": {"cronMaxKeep": -1}},
        {"backups.cronMaxKeep": AT_LEAST},
    ),
    patch(
        "enabled batches have bounds",
        {"batch": {"enabled": True, "maxRequests": 0, "timeout": 0, "maxBodySize": -1}},
        {"batch.maxRequests": REQUIRED, "batch.timeout": REQUIRED, "batch.maxBodySize": AT_LEAST},
    ),
    patch(
        "no bound is negative",
        {
            "batch": {"maxRequests": -1, "timeout": -1},
            "logs": {"maxDays": -1, "maxDataSize": -1, "minLevel": -9},
        },
        {
            "batch.maxRequests": AT_LEAST,
            "batch.timeout": AT_LEAST,
            "logs.maxDays": AT_LEAST,
            "logs.maxDataSize": AT_LEAST,
        },
    ),
    patch(
        "enabled limits have rules",
        {"rateLimits": {"enabled": True, "rules": []}},
        {"rateLimits.rules": REQUIRED},
    ),
    patch(
        "a rule is whole",
        limits({}, {"label": "a b", "audience": "x", "duration": -1, "maxRequests": -1}),
        {
            **required("rateLimits.rules.0", "label", "duration", "maxRequests"),
            "rateLimits.rules.1.label": "validation_match_invalid",
            "rateLimits.rules.1.audience": "validation_in_invalid",
            "rateLimits.rules.1.duration": AT_LEAST,
            "rateLimits.rules.1.maxRequests": AT_LEAST,
        },
    ),
    patch(
        "a label for everybody conflicts with one for guests",
        limits(limit("a"), limit("b"), limit("a", "@guest")),
        {"rateLimits.rules.2.label": "validation_conflicting_rate_limit_rule"},
    ),
    patch("guests and accounts may differ", limits(limit("a", "@guest"), limit("a", "@auth"))),
    patch(
        "exempt addresses",
        {"rateLimits": {"excludedIPs": ["x"]}},
        {"rateLimits.excludedIPs.0": NETWORK},
    ),
)
def test_what_is_checked(world: World, row: Row) -> None:
    check(world, row)


@pytest.mark.parametrize(
    ("label", "status"),
    [
        *((label, 200) for label in ("a", "*:a", "ab:cd", "GET /", "get /x", "/", "/A_b-c/")),
        *((label, 400) for label in ("x:y:z", "*", "*:*", "/a b", "/a.b", "é", "a-b", "a:", " a")),
    ],
)
def test_a_label_names_a_tag_a_collection_or_a_path(world: World, label: str, status: int) -> None:
    assert world.ask("root", "PATCH", PATH, body=limits(limit(label))).status_code == status


@pytest.mark.parametrize(
    ("schedule", "status"),
    [
        *(
            (text, 200)
            for text in (
                "* * * * *",
                "*/5 * * * *",
                "59 23 31 12 6",
                "1-5/2 * * * *",
                "1,2 * * * *",
            )
        ),
        *((text, 200) for text in ("1/1 * * * *", "*/1,3 * * * *", "01 * * * *", "@midnight")),
        *((text, 400) for text in ("*/0 * * * *", "60 * * * *", "0 0 0 * *", "0 0 1 1 7")),
        *((text, 400) for text in ("5-1 * * * *", "1,,2 * * * *", "5/2 * * * *", "*  * * * *")),
        *(
            (text, 400)
            for text in ("* * * *", "* * * * * *", "@DAILY", "*/60 * * * *", "x * * * *")
        ),
    ],
)
def test_a_schedule_is_five_fields_or_a_macro(world: World, schedule: str, status: int) -> None:
    body = {"backups": {"cron": schedule}}
    assert world.ask("root", "PATCH", PATH, body=body).status_code == status


@pytest.mark.parametrize(
    ("sections", "name"), [("smtp", "password"), ("s3", "secret"), ("backups.s3", "secret")]
)
def test_a_secret_is_kept_but_never_shown(world: World, sections: str, name: str) -> None:
    position = asyncio.run(world._position())
    secret = f"much too secret for {sections}"
    for value in (secret, None, ""):
        body: Any = {} if value is None else {name: value}
        for section in reversed(sections.split(".")):
            body = {section: body}
        body.setdefault("meta", {"appName": f"Changed {value!r:.4}"})
        assert name not in world.ask("root", "PATCH", PATH, body=body).text
        assert name not in world.ask("root", "GET", PATH).text
    told = world.events_after(position)
    assert all(secret.encode() not in event.data + (event.sealed or b"") for event in told)
    sealer = Sealer(instance_key(world.settings.data, None))
    path = f"{sections}.{name}"
    assert [secrets(from_event(event, sealer)) for event in told] == [
        {path: secret},
        {path: secret},
        {},
    ]


def test_an_enabled_store_cannot_lose_its_secret(world: World) -> None:
    store = {"endpoint": "example.com", "bucket": "b", "region": "r", "accessKey": "a"}
    body = {"s3": {**store, "enabled": True, "secret": "s"}}
    assert world.ask("root", "PATCH", PATH, body=body).status_code == 200
    again = world.ask("root", "PATCH", PATH, body={"s3": {"region": "q"}})
    assert (again.status_code, again.json()["s3"]["region"]) == (200, "q")
    lost = world.ask("root", "PATCH", PATH, body={"s3": {"secret": ""}})
    assert lost.json()["data"]["s3"]["secret"]["code"] == REQUIRED
