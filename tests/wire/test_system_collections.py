"""The system's collections of accounts: what they hold, who sees it, and when it is forgotten."""

import hashlib

import pytest

from tests.wire.clubs import Club, Member, found
from tests.wire.rows import Json, Row, check, rows
from tests.wire.world import PASSWORD, RECORDS, World

IDS = {
    "_externalAuths": "pbc_2281828961",
    "_mfas": "pbc_2279338944",
    "_otps": "pbc_1638494021",
    "_authOrigins": "pbc_4275539003",
}
OF_ACCOUNTS = tuple(IDS)
FIELDS = {
    "_externalAuths": ("provider", "providerId"),
    "_mfas": ("method",),
    "_otps": ("password", "sentTo"),
    "_authOrigins": ("fingerprint",),
}
OWNER = (
    "@request.auth.id != '' && recordRef = @request.auth.id "
    "&& collectionRef = @request.auth.collectionId"
)
every = pytest.mark.parametrize("name", OF_ACCOUNTS)


@pytest.fixture
def member(world: World) -> Member:
    """Somebody in a club of their own."""
    return found(world).join()


def left_by(member: Member, name: str, **values: Json) -> str:
    """The id of a record that belongs to somebody."""
    kinds: dict[str, dict[str, Json]] = {
        "_externalAuths": {"provider": "google", "providerId": member.id},
        "_mfas": {"method": "password"},
        "_otps": {"password": "12345678", "sentTo": member.email},
        "_authOrigins": {"fingerprint": "abc"},
    }
    owner = {"collectionRef": member.club.id, "recordRef": member.id}
    return member.club.world.make(name, {**owner, **kinds[name], **values})


@every
def test_it_has_the_fields_and_rules_of_the_reference(world: World, name: str) -> None:
    shown = world.ask("root", "GET", f"/api/collections/{name}").json()
    assert (shown["id"], shown["type"], shown["system"]) == (IDS[name], "base", True)
    names = ("id", "collectionRef", "recordRef", *FIELDS[name], "created", "updated")
    assert tuple(field["name"] for field in shown["fields"]) == names
    assert all(field["system"] for field in shown["fields"])
    assert (shown["listRule"], shown["viewRule"]) == (OWNER, OWNER)
    assert (shown["createRule"], shown["updateRule"]) == (None, None)
    assert shown["deleteRule"] == (OWNER if name in ("_externalAuths", "_authOrigins") else None)


@every
def test_it_cannot_be_changed_or_dropped(world: World, name: str) -> None:
    path = f"/api/collections/{name}"
    for method, body in (
        ("DELETE", None),
        ("PATCH", {"name": "other"}),
        ("PATCH", {"listRule": ""}),
        ("PATCH", {"deleteRule": "id = ''"}),
        ("PATCH", {"fields": []}),
    ):
        assert world.ask("root", method, path, body=body).status_code == 400, (method, body)


@every
def test_its_owner_sees_it_and_nobody_else(member: Member, name: str) -> None:
    world = member.club.world
    kept = left_by(member, name)
    path = f"{RECORDS.format(name)}/{kept}"
    headers = {"authorization": member.token()}
    assert world.ask("guest", "GET", path, headers=headers).status_code == 200
    seen = world.ask("guest", "GET", RECORDS.format(name), headers=headers).json()["items"]
    assert kept in [record["id"] for record in seen]
    assert {record["recordRef"] for record in seen} == {member.id}
    for who in ("guest", "alice"):
        assert world.ask(who, "GET", path).status_code == 404
        assert kept not in world.ask(who, "GET", RECORDS.format(name)).text
    may_delete = name in ("_externalAuths", "_authOrigins")
    deleted = world.ask("guest", "DELETE", path, headers=headers)
    assert deleted.status_code == (204 if may_delete else 403)
    for method in ("POST", "PATCH"):
        other = RECORDS.format(name) if method == "POST" else path
        assert world.ask("guest", method, other, body={}, headers=headers).status_code == 403


def test_an_account_of_another_collection_with_the_same_id_is_no_owner(member: Member) -> None:
    world = member.club.world
    kept = left_by(member, "_mfas")
    other = found(world)
    refused = world.ask(
        "root",
        "POST",
        RECORDS.format(other.name),
        body={
            "id": member.id,
            "email": "x@example.com",
            "password": PASSWORD,
            "passwordConfirm": PASSWORD,
        },
    )
    assert refused.json()["data"]["id"]["code"] == "validation_invalid_auth_id"
    assert world.show("_mfas", kept)["recordRef"] == member.id


def test_a_code_is_never_shown(member: Member) -> None:
    world = member.club.world
    path = f"{RECORDS.format('_otps')}/{left_by(member, '_otps')}"
    shown = world.ask("root", "GET", path).json()
    assert (shown["password"], shown["sentTo"]) == ("", member.email)
    mine = world.ask("guest", "GET", path, headers={"authorization": member.token()}).json()
    assert mine.keys().isdisjoint({"password", "sentTo"})


def created(says: str, codes: dict[str, str], name: str = "_externalAuths", **body: Json) -> Row:
    """A record that a superuser cannot make."""
    base = {"collectionRef": "_pb_users_auth_", "recordRef": "{alice}"}
    return Row(
        says=says,
        who="root",
        method="POST",
        path=RECORDS.format(name),
        body={**base, **body},
        status=400,
        codes=codes,
    )


MISSING = "validation_required"


@rows(
    created(
        "everything is needed",
        dict.fromkeys(("collectionRef", "recordRef", "provider", "providerId"), MISSING),
        collectionRef="",
        recordRef="",
    ),
    created("a method is needed", {"method": MISSING}, "_mfas"),
    created("a code is needed", {"password": MISSING}, "_otps"),
    created("a mark is needed", {"fingerprint": MISSING}, "_authOrigins"),
    created(
        "a name is no id of a collection",
        {"collectionRef": "validation_invalid_collection_id"},
        collectionRef="users",
        provider="zz",
        providerId="1",
    ),
    created(
        "accounts are in collections of accounts",
        {"collectionRef": "validation_invalid_collection_type"},
        "_mfas",
        collectionRef="pbc_2279338944",
        method="x",
    ),
    created(
        "the account has to be there",
        {"recordRef": "validation_invalid_record"},
        recordRef="nobody",
        provider="zz",
        providerId="1",
    ),
    created(
        "a provider has to be known",
        {"provider": "validation_in_invalid"},
        provider="zz",
        providerId="1",
    ),
)
def test_records_that_no_account_can_have(world: World, row: Row) -> None:
    check(world, row)


def test_an_account_has_one_link_to_a_provider(member: Member) -> None:
    left_by(member, "_externalAuths")
    for body in ({"providerId": "other"}, {"recordRef": member.club.join().id}):
        values = {
            "collectionRef": member.club.id,
            "recordRef": member.id,
            "provider": "google",
            "providerId": member.id,
            **body,
        }
        path = RECORDS.format("_externalAuths")
        refused = member.club.world.ask("root", "POST", path, body=values)
        assert refused.status_code == 400
        assert refused.json()["data"]["provider"]["code"] == "validation_not_unique"


def test_a_change_is_checked_like_a_new_one(member: Member) -> None:
    path = f"{RECORDS.format('_mfas')}/{left_by(member, '_mfas')}"
    refused = member.club.world.ask("root", "PATCH", path, body={"recordRef": "nobody"})
    assert refused.json()["data"]["recordRef"]["code"] == "validation_invalid_record"


@every
def test_it_goes_with_the_account(member: Member, name: str) -> None:
    left_by(member, name)
    path = f"{RECORDS.format(member.club.name)}/{member.id}"
    assert member.club.world.ask("root", "DELETE", path).status_code == 204
    assert member.left(name) == []


@every
def test_it_goes_with_all_accounts(member: Member, name: str) -> None:
    left_by(member, name)
    path = f"{member.club.path}/truncate"
    assert member.club.world.ask("root", "DELETE", path).status_code == 204
    assert member.left(name) == []


@every
def test_it_goes_with_the_collection(member: Member, name: str) -> None:
    left_by(member, name)
    assert member.club.world.ask("root", "DELETE", member.club.path).status_code == 204
    assert member.left(name) == []


def kept_after(member: Member, **change: Json) -> set[str]:
    """The system's collections that still hold something of somebody after a change."""
    for name in OF_ACCOUNTS:
        left_by(member, name)
    member.change(**change)
    return {name for name in OF_ACCOUNTS if member.left(name)}


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"emailVisibility": True}, set(OF_ACCOUNTS)),
        ({"tokenKey": "k" * 40}, {"_externalAuths", "_mfas", "_authOrigins"}),
        ({"tokenKey:autogenerate": ""}, {"_externalAuths", "_mfas", "_authOrigins"}),
        ({"email": "{fresh}@example.com"}, {"_externalAuths", "_mfas", "_authOrigins"}),
        ({"password": PASSWORD, "passwordConfirm": PASSWORD}, {"_externalAuths"}),
        ({"verified": True}, {"_mfas", "_authOrigins"}),
    ],
)
def test_what_was_proved_of_an_account_ends_with_what_changes(
    member: Member, change: dict[str, Json], kept: set[str]
) -> None:
    change = {
        key: value.replace("{fresh}", member.club.world.fresh()) if key == "email" else value
        for key, value in change.items()
    }
    assert kept_after(member, **change) == kept


def test_verifying_an_account_without_links_ends_no_token(member: Member) -> None:
    token = member.token()
    member.change(verified=True)
    headers = {"authorization": token}
    assert member.club.post("auth-refresh", headers=headers).status_code == 200


def test_verifying_an_account_with_links_ends_all_tokens(member: Member) -> None:
    left_by(member, "_externalAuths")
    token = member.token()
    member.change(verified=True)
    headers = {"authorization": token}
    assert member.club.post("auth-refresh", headers=headers).status_code == 401
    assert member.left("_externalAuths") == []


def test_a_place_is_remembered_by_address_and_device(member: Member) -> None:
    def log_in(device: str) -> None:
        assert member.log_in(headers={"user-agent": device}).status_code == 200

    def marks() -> list[str]:
        return [each["fingerprint"] for each in member.left("_authOrigins")]

    def mark(device: str) -> str:
        return hashlib.md5(f"127.0.0.1{device}".encode()).hexdigest()

    log_in("test-agent")
    assert marks() == ["9fe3bfe318419df4e975f703d511a80a"] == [mark("test-agent")]
    before = member.left("_authOrigins")[0]
    log_in("test-agent")
    after = member.left("_authOrigins")[0]
    assert after["id"] == before["id"] and after["updated"] > before["updated"]
    log_in("x" * 300)
    assert marks()[1:] == [mark("x" * 200 + "...")]
    for number in range(4):
        log_in(f"device {number}")
    assert marks() == [mark("x" * 200 + "..."), *(mark(f"device {n}") for n in range(4))]


def test_no_place_is_remembered_where_nobody_is_alerted(world: World) -> None:
    member = found(world, authAlert={"enabled": False}).join()
    assert member.log_in().status_code == 200
    assert member.left("_authOrigins") == []


def test_a_refresh_is_from_no_new_place(member: Member) -> None:
    token = member.token()
    headers = {"authorization": token, "user-agent": "elsewhere"}
    assert member.club.post("auth-refresh", headers=headers).status_code == 200
    assert len(member.left("_authOrigins")) == 1


def test_what_is_personal_is_sealed(world: World) -> None:
    club: Club = found(world)
    member = club.join()
    with world.events() as written:
        left_by(member, "_otps")
        left_by(member, "_externalAuths")
        member.token()
    assert written == ["_otps.created", "_externalAuths.created", "_authOrigins.created"]
    for event in world.events_after(0):
        if event.collection in OF_ACCOUNTS:
            for personal in (member.email, "$2a$", '"fingerprint":', '"providerId":'):
                assert personal.encode() not in event.data
