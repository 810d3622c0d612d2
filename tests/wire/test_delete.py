"""Deleting: who may, and what goes or stays with a record."""

from tests.wire.rows import Json, Row, check, rows
from tests.wire.world import PASSWORD, World

CARDS = "/api/collections/unified_cards/records"
FRESH = (
    "unified_cards",
    {"title": "F", "community_creator": "{alice}", "community_is_public": True},
)


def card(says: str, status: int = 204, **row: Json) -> Row:
    """A fresh public card of alice's, deleted."""
    events = None if status == 204 else ()
    return Row(
        says=says,
        method="DELETE",
        path=CARDS + "/{it}",
        given=FRESH,
        status=status,
        events=events,
        **row,
    )


@rows(
    card("its owner deletes a card", who="alice"),
    card("a moderator deletes it", who="mod"),
    card("a superuser deletes it", who="root"),
    card("a stranger does not find it", 404, who="bob"),
    card("nor does a guest", 404, who="guest"),
    Row(
        says="a missing one is not found",
        who="root",
        method="DELETE",
        path=CARDS + "/nope",
        status=404,
    ),
    Row(
        says="a closed collection is closed",
        who="mod",
        method="DELETE",
        path="/api/collections/roles/records/{member}",
        status=403,
    ),
    Row(
        says="even for what is not there",
        who="guest",
        method="DELETE",
        path="/api/collections/roles/records/nope",
        status=403,
    ),
    Row(
        says="a whole collection is not deleted this way",
        who="root",
        method="DELETE",
        path=CARDS,
        status=404,
    ),
)
def test_rules(world: World, row: Row) -> None:
    check(world, row)


def test_what_hangs_on_a_record_goes_with_it(world: World) -> None:
    card = world.make(
        "unified_cards",
        {"title": "C", "community_creator": world.ids["alice"], "community_is_public": True},
    )
    like = world.make("likes", {"user": world.ids["bob"], "card": card})
    post = world.make("community_posts", {"author": world.ids["bob"], "card": card})
    with world.events() as written:
        assert world.ask("alice", "DELETE", f"{CARDS}/{card}").status_code == 204
    assert "likes.deleted" in written and "community_posts.updated" in written
    assert world.ask("root", "GET", f"/api/collections/likes/records/{like}").status_code == 404
    assert world.show("community_posts", post)["card"] == ""
    assert world.ask("root", "GET", f"{CARDS}/{card}").status_code == 404


def test_a_person_goes_with_what_is_theirs(world: World) -> None:
    person = world.person(world.fresh())
    name = next(name for name, found in world.ids.items() if found == person)
    profile = world.profile(name)
    follow = world.make("follows", {"follower": person, "following": world.ids["bob"]})
    path = f"/api/collections/users/records/{person}"
    assert world.ask("bob", "DELETE", path).status_code == 404
    assert world.ask(name, "DELETE", path).status_code == 204
    for collection, record in (("unified_users", profile), ("follows", follow)):
        path = f"/api/collections/{collection}/records/{record}"
        assert world.ask("root", "GET", path).status_code == 404
    body = {"identity": f"{name}@example.com", "password": PASSWORD}
    again = world.ask("guest", "POST", "/api/collections/users/auth-with-password", body=body)
    assert again.status_code == 400 and again.json()["data"] == {}


def test_the_last_superuser_stays(world: World) -> None:
    listed = world.ask("root", "GET", "/api/collections/_superusers/records").json()
    assert listed["totalItems"] == 1
    path = f"/api/collections/_superusers/records/{listed['items'][0]['id']}"
    with world.events() as written:
        answer = world.ask("root", "DELETE", path)
    assert (answer.status_code, answer.json()["data"], written) == (400, {}, [])
