"""Moving in where the card community is: accounts that join its own, and those that stay apart."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bcrypt
import httpx
import pytest

from tests.conftest import STORES, store_of
from tests.moving.everything import FAN, FAN_ID, PASSWORD, token
from tests.pb_data import MOMENT, USERS_ID, PbData, base, field, users
from tests.replay import assert_replays
from tests.server import Server, run, serve

CARD = "card00000000001"
LIKED = "card00000000002"


def fill(folder: Path) -> None:
    """Fans, and cards as an earlier program kept them: likes as numbers, some with the likes."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    creator = field("relation", "community_creator", collectionId=USERS_ID, maxSelect=1)
    cards = base(
        "unified_cards",
        field("text", "title"),
        field("bool", "community_is_public"),
        field("number", "community_likes"),
        field("number", "community_rating"),
        field("text", "print_run"),
        creator,
        id="their_cards",
    )
    likes = [
        field("relation", name, collectionId=identifier, maxSelect=1)
        for name, identifier in (("user", USERS_ID), ("card", "their_cards"))
    ]
    with PbData(folder) as made:
        made.collection(users(field("text", "nickname"), listRule="", viewRule=""))
        made.collection(cards)
        made.collection(base("likes", *likes, id="their_likes"))
        made.account("users", FAN_ID, FAN, hashed, name="Fan", nickname="F", avatar="me_x.png")
        mine: dict[str, Any] = {"community_creator": FAN_ID, "community_is_public": 1}
        dated = {"created": MOMENT, "updated": MOMENT}
        made.record("unified_cards", id=CARD, title="Old", community_likes=42, **mine, **dated)
        made.record("unified_cards", id=LIKED, title="Liked", community_likes=9, **mine, **dated)
        made.record("likes", id="like00000000001", user=FAN_ID, card=LIKED, **dated)
        linked = {"collectionRef": USERS_ID, "recordRef": FAN_ID, **dated}
        made.record("_authOrigins", id="orig00000000001", **linked, fingerprint="f" * 32)
        made.file(f"{USERS_ID}/{FAN_ID}/me_x.png", b"a picture")


JOINED = ["--merge", "users", "--merge", "unified_cards", "--merge", "likes"]
APART = ["--rename", "users=fans", "--rename", "unified_cards=old_cards", "--skip", "likes"]


@pytest.fixture(scope="module", params=STORES)
def joined(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A community that was joined by them while it was being served."""
    folder = tmp_path_factory.mktemp("joined")
    fill(folder / "pb_data")
    with store_of(request.param) as store, serve(folder / "data", store=store) as server:
        options = [str(folder / "pb_data"), "--data", str(server.data), *JOINED]
        done = run("import", "pocketbase", *options, store=store)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "community_rating is worked out here" in done.stdout
        yield server
        assert_replays(server.settings)


@pytest.fixture
def fan(joined: Server) -> Iterator[httpx.Client]:
    """The fan, with the token of before."""
    headers = {"authorization": token()}
    with httpx.Client(base_url=joined.url, headers=headers, timeout=20) as client:
        yield client


def test_who_joins_is_a_member_as_everybody(fan: httpx.Client) -> None:
    body = {"identity": FAN, "password": PASSWORD}
    answer = fan.post("/api/collections/users/auth-with-password", json=body)
    assert answer.status_code == 200
    record = answer.json()["record"]
    assert (record["name"], record["nickname"], record["status"]) == ("Fan", "F", "active")
    assert record["username"].startswith("user")
    assert record["roles"]
    assert record["created"] == MOMENT


def test_an_old_token_is_still_somebody(fan: httpx.Client) -> None:
    assert fan.post("/api/collections/users/auth-refresh").status_code == 200


def test_who_joins_has_a_profile_and_no_points(fan: httpx.Client) -> None:
    profile = fan.get(f"/api/collections/unified_users/records/{FAN_ID}").json()
    assert (profile["display_name"], profile["fan_points"]) == ("Fan", 0)
    assert profile["fan_joined_date"] == MOMENT
    assert profile["stats_cards_created"] == 2
    assert profile["creator_total_likes"] == 43
    assert fan.get("/api/collections/notifications/records").json()["totalItems"] == 0


def test_likes_are_counted_where_they_came_along_and_opened_where_not(fan: httpx.Client) -> None:
    cards = "/api/collections/unified_cards/records"
    assert fan.get(f"{cards}/{CARD}").json()["community_likes"] == 42
    assert fan.get(f"{cards}/{LIKED}").json()["community_likes"] == 1


def test_an_opened_counter_goes_on_counting(fan: httpx.Client, joined: Server) -> None:
    like = fan.post("/api/collections/likes/records", json={"user": FAN_ID, "card": CARD})
    assert like.status_code == 200, like.text
    card = fan.get(f"/api/collections/unified_cards/records/{CARD}").json()
    assert card["community_likes"] == 43
    assert_replays(joined.settings)


def test_a_renamed_collection_with_its_accounts_files_and_relations(tmp_path: Path) -> None:
    fill(tmp_path / "pb_data")
    options = [str(tmp_path / "pb_data"), "--data", str(tmp_path / "data"), *APART]
    done = run("import", "pocketbase", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "users: becomes fans and gets a new id" in done.stdout
    with serve(tmp_path / "data") as server, httpx.Client(base_url=server.url) as client:
        body = {"identity": FAN, "password": PASSWORD}
        login = client.post("/api/collections/fans/auth-with-password", json=body).json()
        fans_id = login["record"]["collectionId"]
        assert fans_id != USERS_ID
        picture = server.data / "storage" / fans_id / FAN_ID / "me_x.png"
        assert picture.read_bytes() == b"a picture"
        client.headers["authorization"] = login["token"]
        places = client.get("/api/collections/_authOrigins/records").json()["items"]
        assert {each["collectionRef"] for each in places} == {fans_id}
        client.headers["authorization"] = token()
        assert client.post("/api/collections/users/auth-refresh").status_code == 401
    assert_replays(server.settings)
