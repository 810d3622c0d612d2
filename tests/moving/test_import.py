"""Moving in from PocketBase: whoever could log in still can, and everything is as it was."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import STORES, store_of
from tests.moving import everything
from tests.moving.everything import FAN, FAN_ID, PASSWORD, ROOT, odd_id, token
from tests.pb_data import MOMENT, SETTINGS, USERS_ID, auth_options, base
from tests.replay import assert_replays
from tests.server import Server, run, serve

PLAIN = "--without-community"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything."""
    made = tmp_path_factory.mktemp("pocketbase") / "pb_data"
    everything.make(made)
    return made


@pytest.fixture(scope="module", params=STORES)
def moved(
    request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server of what was imported from it."""
    data = tmp_path_factory.mktemp("moved") / "data"
    before = digests(folder)
    with store_of(request.param) as store:
        done = run("import", "pocketbase", str(folder), "--data", str(data), PLAIN, store=store)
        assert done.returncode == 0, done.stdout + done.stderr
        assert digests(folder) == before
        with serve(data, PLAIN, store=store) as server:
            yield server
            assert_replays(server.settings)


@pytest.fixture
def root(moved: Server) -> Iterator[httpx.Client]:
    """The superuser of before, with the token of before."""
    headers = {"authorization": everything.root_token()}
    with httpx.Client(base_url=moved.url, headers=headers, timeout=20) as client:
        yield client


@pytest.fixture
def guest(moved: Server) -> Iterator[httpx.Client]:
    """Nobody in particular."""
    with httpx.Client(base_url=moved.url, timeout=20) as client:
        yield client


def digests(folder: Path) -> dict[str, str]:
    """Every file below a folder by its path, with its content as a digest."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(("collection", "email"), [("users", FAN), ("_superusers", ROOT)])
def test_an_old_password_still_opens_the_account(
    guest: httpx.Client, collection: str, email: str
) -> None:
    url = f"/api/collections/{collection}/auth-with-password"
    answer = guest.post(url, json={"identity": email, "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json()["record"]["created"] == MOMENT


def test_an_old_token_is_still_somebody(guest: httpx.Client) -> None:
    headers = {"authorization": token(refreshable=True)}
    me = guest.get(f"/api/collections/users/records/{FAN_ID}", headers=headers)
    assert me.status_code == 200
    assert me.json()["name"] == "Fan"
    fresh = guest.post("/api/collections/users/auth-refresh", headers=headers)
    assert fresh.status_code == 200


def test_a_token_outlives_a_rule_about_who_may_log_in(guest: httpx.Client) -> None:
    headers = {"authorization": everything.member_token()}
    assert guest.post("/api/collections/members/auth-refresh", headers=headers).status_code == 200


def test_a_token_under_another_secret_is_nobody(guest: httpx.Client) -> None:
    wrong = {"authorization": token("passwordReset")}
    answer = guest.get(f"/api/collections/users/records/{FAN_ID}", headers=wrong)
    assert answer.status_code == 404


def test_every_field_is_what_it_was(root: httpx.Client) -> None:
    record = root.get("/api/collections/things/records/thing0000000001").json()
    shown = {name: record[name] for name in everything.PLAIN_SHOWN}
    assert shown == everything.PLAIN_SHOWN
    assert list(record["meta"]) == ["b", "a"]


def test_hidden_fields_stay_hidden(guest: httpx.Client) -> None:
    record = guest.get("/api/collections/things/records/thing0000000001").json()
    assert "secret" not in record
    assert record["title"] == everything.PLAIN_SHOWN["title"]


@pytest.mark.parametrize("position", range(len(everything.ODDITIES)))
def test_an_oddity_of_old_folders_is_read_by_its_field(root: httpx.Client, position: int) -> None:
    name, _, expected = everything.ODDITIES[position]
    record = root.get(f"/api/collections/odd_things/records/{odd_id(position)}").json()
    assert record[name] == expected


def test_a_view_shows_what_it_showed(guest: httpx.Client) -> None:
    [shown] = guest.get("/api/collections/titles/records").json()["items"]
    assert (shown["id"], shown["title"]) == (
        "thing0000000001",
        everything.PLAIN_SHOWN["title"],
    )


def test_a_key_of_another_form_is_kept(guest: httpx.Client) -> None:
    assert (
        guest.get("/api/collections/keyed/records/Some-Key").json()["collectionId"] == "custom_id"
    )


def test_definitions_are_what_they_were(root: httpx.Client) -> None:
    things = root.get("/api/collections/things").json()
    assert (things["id"], things["listRule"], things["createRule"]) == (
        base("things")["id"],
        "",
        None,
    )
    assert [each["name"] for each in things["fields"]] == [
        "id",
        *(each["name"] for each in everything.THING_FIELDS),
        "created",
        "updated",
    ]
    by_name = {each["name"]: each for each in things["fields"]}
    for given in everything.THING_FIELDS:
        shown = by_name[given["name"]]
        assert shown["id"] == given["id"]
        assert {key: shown[key] for key, value in given.items() if value} == {
            key: value for key, value in given.items() if value
        }
    assert len(things["indexes"]) == 2
    assert things["created"] == MOMENT
    assert things["updated"] == MOMENT


def test_options_of_accounts_are_what_they_were(root: httpx.Client) -> None:
    users = root.get("/api/collections/users").json()
    assert users["id"] == USERS_ID
    assert users["authToken"] == {"duration": 1_209_600}
    [provider] = users["oauth2"]["providers"]
    assert (provider["name"], provider["clientId"]) == ("oidc", "me")
    assert "clientSecret" not in provider
    stored = auth_options(USERS_ID)
    assert users["verificationTemplate"] == stored["verificationTemplate"]
    assert users["passwordAuth"] == stored["passwordAuth"]


def test_a_unique_index_still_refuses(root: httpx.Client) -> None:
    body = {"title": everything.PLAIN_SHOWN["title"]}
    answer = root.post("/api/collections/things/records", json=body)
    assert answer.json()["data"]["title"]["code"] == "validation_not_unique"


def test_settings_are_what_they_were(root: httpx.Client) -> None:
    settings = root.get("/api/settings").json()
    assert settings["meta"]["appName"] == "Old place"
    assert settings["batch"] == SETTINGS["batch"]
    assert settings["trustedProxy"] == SETTINGS["trustedProxy"]
    assert "password" not in settings["smtp"]


def test_links_and_places_of_accounts_come_along(root: httpx.Client) -> None:
    links = root.get("/api/collections/_externalAuths/records").json()["items"]
    assert [(each["recordRef"], each["providerId"]) for each in links] == [(FAN_ID, "them")]
    places = root.get("/api/collections/_authOrigins/records").json()["items"]
    assert "f" * 32 in [each["fingerprint"] for each in places]
    assert root.get("/api/collections/_otps/records").json()["totalItems"] == 0


def test_the_account_of_the_installer_stays_behind(root: httpx.Client) -> None:
    accounts = root.get("/api/collections/_superusers/records").json()["items"]
    assert [each["email"] for each in accounts] == [ROOT]


def test_files_thumbnails_and_sidecars_are_equal_to_the_byte(moved: Server, folder: Path) -> None:
    assert digests(moved.data / "storage") == digests(folder / "storage")


def test_request_logs_come_along_once(root: httpx.Client, moved: Server, folder: Path) -> None:
    run("import", "pocketbase", str(folder), "--data", str(moved.data), PLAIN, store=moved.store)
    query: dict[str, str | int] = {"sort": "created", "perPage": 500}
    found = root.get("/api/logs", params=query).json()["items"]
    old = [each for each in found if each["id"].startswith("old")]
    assert [each["id"] for each in old] == ["oldlog00000001", "oldlog00000002", "oldlog00000003"]
    assert old[0] == {
        "id": "oldlog00000001",
        "created": everything.LOGGED,
        "level": 8,
        "message": "GET /api/x",
        "data": {"status": 400, "type": "request", "url": "/api/x"},
    }
    assert [each["data"] for each in old[1:]] == [{}, {}], "what is no JSON object is none"
    assert old[2]["message"] == "broken \ufffd"
    errors = root.get("/api/logs", params={"filter": "data.status = 400 && level = 8"})
    assert "oldlog00000001" in {each["id"] for each in errors.json()["items"]}


def test_nothing_secret_is_readable_in_the_log(moved: Server) -> None:
    lines = run("log", "tail", "--limit", "1000", "--json", *moved.options).stdout
    events = [json.loads(line) for line in lines.splitlines()]
    assert {each["type"] for each in events} >= {"users.imported", "_imports.finished"}
    for secret in ("smtp secret", "a client secret", "authToken-", "auth-_pb", "key-fan", FAN):
        assert secret not in lines


def test_running_it_again_does_nothing(moved: Server, folder: Path) -> None:
    options = [str(folder), "--data", str(moved.data), PLAIN]
    again = run("import", "pocketbase", *options, store=moved.store)
    assert again.returncode == 0
    assert "nothing to do" in again.stdout
