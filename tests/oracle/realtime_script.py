"""What happens while people listen: collections, people, and one step after the other."""

import json
from typing import Any, Final
from urllib.parse import quote

PASSWORD: Final = "password123"
PEOPLE: Final = {"alice": "alice0000000001", "bob": "bob000000000001", "carol": "carol0000000001"}
ALICE, BOB, CAROL = PEOPLE.values()

PEOPLE_ID, PARENTS_ID, CHILDREN_ID = "people_oracle01", "parents_oracle1", "childs_oracle01"

_owner: Final = {"name": "owner", "type": "relation", "collectionId": PEOPLE_ID, "maxSelect": 1}

COLLECTIONS: Final[list[dict[str, Any]]] = [
    {
        "id": PEOPLE_ID,
        "name": "people",
        "type": "auth",
        "listRule": "",
        "viewRule": "",
        "updateRule": "id = @request.auth.id",
        "deleteRule": "id = @request.auth.id",
        "manageRule": "@request.auth.name = 'carol'",
        "fields": [
            {"name": "name", "type": "text"},
            {"name": "secret", "type": "text", "hidden": True},
        ],
    },
    {
        "id": PARENTS_ID,
        "name": "parents",
        "type": "base",
        "listRule": "",
        "viewRule": "open = true || owner = @request.auth.id",
        "fields": [
            {"name": "open", "type": "bool"},
            {"name": "text", "type": "text"},
            {"name": "secret", "type": "text", "hidden": True},
            _owner,
            {"name": "updated", "type": "autodate", "onCreate": True, "onUpdate": True},
        ],
    },
    {
        "id": CHILDREN_ID,
        "name": "children",
        "type": "base",
        "listRule": "parent.open = true || parent.children_via_parent.number > 5",
        "viewRule": "@request.auth.id != '' && parent.owner = @request.auth.id",
        "fields": [
            {"name": "text", "type": "text"},
            {"name": "number", "type": "number"},
            {"name": "tags", "type": "select", "values": ["x", "y", "z"], "maxSelect": 3},
            {"name": "meta", "type": "json"},
            {"name": "point", "type": "geoPoint"},
            {
                "name": "parent",
                "type": "relation",
                "collectionId": PARENTS_ID,
                "maxSelect": 1,
                "cascadeDelete": True,
            },
        ],
    },
    {
        "name": "rows",
        "type": "view",
        "listRule": "",
        "viewRule": "",
        "viewQuery": "SELECT id, text FROM children",
    },
]


def options(topic: str, headers: dict[str, Any] | None = None, **query: Any) -> str:
    """A topic with options."""
    told = {"query": query} | ({"headers": headers} if headers else {})
    return f"{topic}?options={quote(json.dumps(told))}"


def records(name: str, record_id: str = "") -> str:
    """The address of a collection's records, or of one."""
    path = f"/api/collections/{name}/records"
    return f"{path}/{record_id}" if record_id else path


def _id(text: str) -> str:
    return f"{text:0<15}"


P1, P2, C1, C2, C3 = map(_id, ("parenta", "parentb", "childa", "childb", "childc"))
EVERYTHING = ["parents/*", "children/*", "people/*", f"parents/{P1}", f"children/{C1}"]
SPELLINGS = [
    "parents",
    "PARENTS/*",
    f"{PARENTS_ID}/*",
    PARENTS_ID,
    f"{PARENTS_ID}/{P1}",
    "parents/*?options={}",
    "parents/*?options=nothing",
    "parents/*?other=1",
    "parents/*?a=1&options=%7B%22query%22%3A%7B%22fields%22%3A%22id%22%7D%7D",
    "parents/*#rest",
    "parents/",
    " parents/*",
    "rows/*",
    "PB_CONNECT",
]
OPTIONS = [
    options("children/*", filter="number > 1"),
    options("children/*", filter="number > "),
    options("children/*", filter="parent.text = 'p'"),
    options("children/*", filter="parent.secret = 's'"),
    options("children/*", filter="@request.auth.id = ''"),
    options("children/*", filter="@collection.parents.open ?= true"),
    options("children/*", filter="no_such = 1"),
    options("children/*", expand="parent"),
    options("children/*", expand="parent.owner,parent.children_via_parent"),
    options("children/*", expand="no_such,parent"),
    options("children/*", fields="id,text"),
    options("children/*", fields="*,expand.parent.id", expand="parent"),
    options("children/*", fields="text:excerpt(2,true),number"),
    options("children/*", fields="text:unknown(2)"),
    options("children/*", fields="record.id"),
    options("children/*", fields="no_such"),
    options("children/*", fields="", expand="", filter=""),
    options("children/*", fields=["id"], filter=1),
    options("parents/*", expand="owner,children_via_parent"),
    options(f"parents/{P1}", expand="owner", fields="id,expand.owner.email,expand.owner.id"),
    options(f"children/{C1}", filter="number > 1"),
    "children/*?options=" + quote('{"query":{"fields":"id"},"headers":5}'),
    "children/*?options=" + quote('{"query":[]}'),
    "children/*?options=" + quote('[{"query":{}}]'),
]
RULED = "@request.headers.x_token = 'a' && @request.query.b = '1' && @request.context = 'realtime'"


def _changes() -> list[list[Any]]:
    """Records from their creation to their deletion."""
    parent, child = records("parents"), records("children")
    return [
        ["root", "POST", parent, {"id": P1, "open": True, "text": "p", "owner": ALICE}],
        ["root", "POST", parent, {"id": P2, "open": False, "text": "q", "owner": BOB}],
        ["root", "PATCH", f"{parent}/{P1}", {"secret": "s"}],
        ["root", "PATCH", f"{parent}/{P1}", {}],
        ["root", "POST", child, {"id": C1, "text": "<b>one two</b>", "number": 2, "parent": P1}],
        ["root", "POST", child, {"id": C2, "text": "two", "number": 1.5, "parent": P2}],
        ["root", "PATCH", f"{child}/{C1}", {"tags": ["x", "z"], "meta": {"a": [1, None, "é"]}}],
        ["root", "PATCH", f"{child}/{C1}", {"number+": 0.5, "tags-": "x"}],
        ["root", "PATCH", f"{child}/{C1}", {"point": {"lon": 127.5, "lat": -1}}],
        ["root", "PATCH", f"{child}/{C2}", {"number": 9}],
        ["root", "PATCH", f"{child}/{C1}", {}],
        ["root", "PATCH", f"{child}/{C1}", {"number": "no number", "tags": ["none"]}],
        ["guest", "PATCH", f"{child}/{C1}", {"number": 1}],
        ["root", "PATCH", f"{parent}/{P1}", {"open": False}],
        ["root", "PATCH", f"{child}/{C1}", {"text": "closed"}],
        ["root", "PATCH", f"{child}/{C1}", {"parent": P2}],
        ["root", "PATCH", f"{child}/{C1}", {"parent": P1}],
        ["root", "PATCH", f"{parent}/{P1}", {"open": True, "owner": BOB}],
        ["root", "DELETE", f"{child}/{C2}"],
        ["root", "POST", child, {"id": C3, "text": "three", "number": 3, "parent": P1}],
        ["root", "DELETE", f"{parent}/{P1}"],
        ["root", "DELETE", f"{parent}/{P2}"],
    ]


def _batch() -> list[list[Any]]:
    requests = [
        {"method": "POST", "url": records("parents"), "body": {"id": P1, "open": True}},
        {"method": "PATCH", "url": records("parents", P1), "body": {"text": "batch"}},
        {"method": "POST", "url": records("children"), "body": {"id": C1, "parent": P1}},
    ]
    refused = [*requests[1:2], {"method": "POST", "url": records("parents"), "body": {"id": "x"}}]
    return [
        ["root", "PATCH", "/api/settings", {"batch": {"enabled": True, "maxRequests": 50}}],
        ["root", "POST", "/api/batch", {"requests": requests}],
        ["root", "POST", "/api/batch", {"requests": refused}],
        ["root", "DELETE", "/api/collections/children/truncate"],
        ["root", "DELETE", records("parents", P1)],
    ]


def _connections() -> list[list[Any]]:
    """What is refused, and who may listen as whom."""
    long = "x" * 2500
    bodies: list[Any] = [
        {},
        {"clientId": ""},
        {"clientId": "x" * 256},
        {"clientId": "é" * 200},
        {"clientId": 5},
        {"clientId": None, "subscriptions": []},
        {"clientId": "x", "subscriptions": "parents/*"},
        {"clientId": "x", "subscriptions": [5]},
        {"clientId": "x", "subscriptions": [None, "a"]},
        {"clientId": "x", "subscriptions": {"a": "b"}},
        {"clientId": "x", "subscriptions": [f"{n}" for n in range(1001)]},
        {"clientId": "x", "subscriptions": ["a"] * 1001},
        {"clientId": "", "subscriptions": ["", long, long + "x", "é" * 2500]},
        {"clientId": "x" * 40, "subscriptions": ["parents/*"]},
        [],
        "text",
        5,
    ]
    return [
        *(["guest", "POST", "/api/realtime", body] for body in bodies),
        ["connect", "one"],
        ["listen", "one", "guest", ["parents/*", "", "parents/*"]],
        ["listen", "one", "wrong token", ["parents/*"]],
        ["listen", "one", "alice", ["parents/*"]],
        ["listen", "one", "alice", ["parents/*", f"parents/{P1}"]],
        ["listen", "one", "guest", ["parents/*"]],
        ["listen", "one", "bob", ["parents/*"]],
        ["listen", "one", "root", ["parents/*"]],
        ["listen", "one", "alice", []],
        ["listen", "one", "alice", [f"{n}" for n in range(1000)]],
        ["listen", "one", "alice", None],
        ["hang up", "one"],
    ]


def _accounts() -> list[list[Any]]:
    """Accounts that change while they listen."""
    secret = {"password": "other12345", "passwordConfirm": "other12345"}
    person = records("people")
    login = {"identity": "bob@example.com", "password": PASSWORD}
    mine = [f"people/{BOB}", "people/*", "_authOrigins/*", "_superusers/*", "_externalAuths/*"]
    impersonated = f"/api/collections/people/impersonate/{CAROL}"
    return [
        *(["listen", who, who, mine] for who in ("guest", "bob", "carol", "root")),
        ["root", "PATCH", f"{person}/{BOB}", {"secret": "s", "emailVisibility": True}],
        ["root", "PATCH", f"{person}/{BOB}", {"emailVisibility": False}],
        ["bob", "POST", "/api/collections/people/auth-with-password", login],
        ["bob", "POST", "/api/collections/people/auth-refresh"],
        ["root", "PATCH", f"{person}/{BOB}", {"verified": True}],
        ["bob", "PATCH", f"{person}/{BOB}", {"name": "robert"}],
        ["root", "PATCH", f"{person}/{BOB}", {"name": "bob"}],
        ["root", "PATCH", f"{person}/{BOB}", secret],
        ["root", "PATCH", f"{person}/{BOB}", {"verified": False}],
        ["listen", "bob", "alice", mine],
        ["root", "PATCH", f"{person}/{ALICE}", {"secret": "t"}],
        ["root", "PATCH", f"{person}/{ALICE}", {"email": "alice2@example.com"}],
        ["root", "PATCH", f"{person}/{ALICE}", {"verified": True}],
        ["carol short", "POST", impersonated, {"duration": 1}],
        ["root", "POST", impersonated, {"duration": 1}],
        ["connect", "short"],
        ["listen", "short", "carol", ["people/*"]],
        ["root", "PATCH", f"{person}/{CAROL}", {"secret": "u"}],
        ["wait", 1.5],
        ["root", "PATCH", f"{person}/{CAROL}", {"secret": "v"}],
        ["listen", "short", "carol", ["people/*"]],
        ["root", "DELETE", f"{person}/{CAROL}"],
        ["root", "PATCH", f"{person}/{ALICE}", {"verified": False}],
    ]


def _rules() -> list[list[Any]]:
    """Rules, fields and names that change while people listen."""
    parents, children = "/api/collections/parents", "/api/collections/children"
    new = {"open": True, "text": "r"}
    topics = ["parents/*", "others/*", f"{PARENTS_ID}/*", f"parents/{P1}", f"others/{P1}"]
    topics += [options("parents/*", {"X-Token": "a"}, b=1), options("parents/*", {"x_token": "a"})]
    return [
        *(
            ["listen", who, who if who in ("root",) else "guest", topics]
            for who in ("guest", "root")
        ),
        ["root", "POST", records("parents"), {"id": P1, **new}],
        ["root", "PATCH", parents, {"listRule": None}],
        ["root", "PATCH", records("parents", P1), {"text": "superusers"}],
        ["root", "PATCH", parents, {"listRule": "text = 'shown'", "viewRule": None}],
        ["root", "PATCH", records("parents", P1), {"text": "shown"}],
        ["root", "PATCH", records("parents", P1), {"text": "not"}],
        ["root", "PATCH", parents, {"listRule": RULED}],
        ["root", "PATCH", records("parents", P1), {"text": "ruled"}],
        ["root", "PATCH", parents, {"listRule": "", "viewRule": ""}],
        ["root", "PATCH", parents, {"name": "others"}],
        ["root", "PATCH", records("others", P1), {"text": "renamed"}],
        ["root", "DELETE", records("others", P1)],
        ["root", "POST", records("others"), {"id": P1, **new}],
        ["root", "PATCH", "/api/collections/others", {"name": "parents"}],
        ["root", "POST", records("children"), {"id": C1, "parent": P1}],
        ["root", "DELETE", "/api/collections/rows"],
        ["root", "DELETE", children],
        ["root", "DELETE", parents],
    ]


LISTENERS = ("guest", "alice", "bob", "carol", "root")

STEPS: Final[list[list[Any]]] = [
    *_connections(),
    *(["connect", who] for who in LISTENERS),
    *(["listen", who, who, EVERYTHING] for who in LISTENERS),
    *_changes(),
    *(["listen", who, who, SPELLINGS] for who in LISTENERS),
    *_changes()[:6],
    *_changes()[-2:],
    *(["listen", who, who, OPTIONS] for who in LISTENERS),
    *_changes(),
    *(["listen", who, who, EVERYTHING] for who in LISTENERS),
    *_batch(),
    *_accounts(),
    *_rules(),
]
