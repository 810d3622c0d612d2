"""Updating: who may, what stays out of reach, and that a refusal writes nothing."""

from tests.wire.rows import Json, Row, check, rows
from tests.wire.world import World

CARDS = "/api/collections/unified_cards/records"
FRESH = (
    "unified_cards",
    {"title": "F", "community_creator": "{alice}", "community_is_public": True},
)
UPDATED = ("unified_cards.updated",)


def card(says: str, status: int = 200, *, who: str = "alice", **row: Json) -> Row:
    """An update of a fresh public card of alice's."""
    row.setdefault("events", UPDATED if status == 200 else ())
    row.setdefault("body", {"title": "New"})
    return Row(
        says=says, who=who, method="PATCH", path=CARDS + "/{it}", given=FRESH, status=status, **row
    )


@rows(
    card("its owner changes a card", equals={"title": "New"}),
    card("a stranger does not find it to change", 404, who="bob"),
    card("nor does a guest", 404, who="guest"),
    card("a moderator may", who="mod"),
    card("a superuser may", who="root"),
    Row(
        says="a missing one is not found",
        who="alice",
        method="PATCH",
        path=CARDS + "/nope",
        body={},
        status=404,
    ),
    Row(
        says="its body is read first",
        who="alice",
        method="PATCH",
        path=CARDS + "/nope",
        content=b"{",
        headers={"content-type": "application/json"},
        status=400,
    ),
    Row(
        says="an id is taken to the letter",
        who="root",
        method="PATCH",
        path=CARDS + "/{card}X",
        body={},
        status=404,
    ),
    card("it cannot be given away", 404, body={"community_creator": "{bob}"}),
    card("naming the owner again changes nothing", body={"community_creator": "{alice}"}),
    card(
        "a moderator cannot give it away either",
        404,
        who="mod",
        body={"community_creator": "{mod}"},
    ),
    card("nothing sent is a change of nothing", body=None),
    card("values are checked", 400, body={"title": ""}, codes={"title": "validation_required"}),
    card("an id cannot be changed", 400, body={"id": "x"}, codes={"id": "validation_pk_change"}),
    card("nor emptied", 400, body={"id": ""}, codes={"id": "validation_pk_change"}),
    card("it may be repeated", body={"id": "{it}"}),
    card(
        "a stranger's counter does not open the rule", 404, who="bob", body={"community_likes": 1}
    ),
    card(
        "an owner's counter is ignored", body={"community_likes": 1}, equals={"community_likes": 0}
    ),
    card("an owner does not hide", body={"hidden": True}, equals={"hidden": False}),
    card(
        "a moderator does", who="mod", body={"hidden": True}, equals={"hidden": True}, events=None
    ),
    card(
        "a superuser does not count",
        who="root",
        body={"community_likes": 9, "held_by": 9},
        equals={"community_likes": 0, "held_by": 0},
    ),
    card(
        "a number can be added to",
        body={"holographic_intensity+": 5},
        equals={"holographic_intensity": 55},
    ),
    card(
        "its sum is checked",
        400,
        body={"holographic_intensity+": 500},
        codes={"holographic_intensity": "validation_max_number_constraint"},
    ),
    Row(
        says="PUT is no way to change",
        who="alice",
        method="PUT",
        path=CARDS + "/{card}",
        body={},
        status=404,
    ),
    Row(
        says="a closed collection is closed",
        who="mod",
        method="PATCH",
        path="/api/collections/roles/records/{member}",
        body={},
        status=403,
    ),
    Row(
        says="even for what is not there",
        who="mod",
        method="PATCH",
        path="/api/collections/roles/records/nope",
        body={},
        status=403,
    ),
    Row(
        says="a unique value of another is refused",
        who="root",
        method="PATCH",
        path="/api/collections/roles/records/{moderator}",
        body={"name": "member"},
        status=400,
        codes={"name": "validation_not_unique"},
    ),
)
def test_cards_and_roles(world: World, row: Row) -> None:
    check(world, row)


@rows(
    Row(
        says="a profile belongs to its person",
        who="bob",
        method="PATCH",
        path="/api/collections/unified_users/records/{profile}",
        body={"bio": "x"},
        status=404,
    ),
    Row(
        says="and stays theirs",
        who="alice",
        method="PATCH",
        path="/api/collections/unified_users/records/{profile}",
        body={"user_id": "{bob}"},
        status=404,
    ),
    Row(
        says="even by adding",
        who="alice",
        method="PATCH",
        path="/api/collections/unified_users/records/{profile}",
        body={"user_id+": "{bob}"},
        status=404,
    ),
    Row(
        says="a post cannot change its author",
        who="alice",
        method="PATCH",
        path="/api/collections/community_posts/records/{post}",
        body={"author": "{bob}"},
        status=404,
    ),
    Row(
        says="a like cannot be changed at all",
        who="bob",
        method="PATCH",
        path="/api/collections/likes/records/nope",
        body={"post": ""},
        status=403,
    ),
)
def test_what_belongs_to_somebody(world: World, row: Row) -> None:
    check(world, row)
