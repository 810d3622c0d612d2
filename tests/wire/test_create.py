"""Creating: the rule first, then the values; 200 with the record, one created event."""

from tests.wire.rows import Json, Row, check, rows
from tests.wire.world import World

CARDS = "/api/collections/unified_cards/records"
CARD = {"title": "T", "community_creator": "{alice}"}
CREATED = ("unified_cards.created", ...)
FORM = {"content-type": "application/x-www-form-urlencoded"}


def card(says: str, status: int = 200, *, who: str = "alice", **row: Json) -> Row:
    """A card made by somebody."""
    row.setdefault("events", CREATED if status == 200 else ())
    row.setdefault("body", CARD)
    return Row(says=says, who=who, method="POST", path=CARDS, status=status, **row)


def form(says: str, text: str, **row: Json) -> Row:
    """A card sent as a form."""
    content = "title=T&community_creator={alice}" + text
    return card(says, body=None, content=content, headers=FORM, **row)


@rows(
    card("a user creates their own", equals={"title": "T", "community_creator": "{alice}"}),
    card("a guest does not", 400, who="guest"),
    card("nobody creates for another", 400, who="bob"),
    card("a superuser may, for anybody", who="root"),
    card("the rule comes before the values", 400, who="guest", body={"title": ""}),
    card(
        "an id may be chosen",
        body={**CARD, "id": "chosenchosen001"},
        equals={"id": "chosenchosen001"},
    ),
    card("an empty id is none chosen", body={**CARD, "id": ""}),
    card("nothing sent is nothing allowed", 400, body=None),
    card(
        "unknown keys are ignored",
        body={**CARD, "nope": 1, "stats.followers": 3, "expand": {}},
        lacks=["nope", "stats", "expand"],
    ),
    card(
        "defaults fill what is missing",
        equals={"holographic_effect": "overlay", "holographic_intensity": 50},
    ),
    card(
        "counters sent by clients are ignored",
        body={**CARD, "community_likes": 99},
        equals={"community_likes": 0},
    ),
    card(
        "a superuser cannot set them either",
        who="root",
        body={**CARD, "community_likes": 99, "held_by": 5},
        equals={"community_likes": 0, "held_by": 0},
    ),
    card(
        "what only moderators set is ignored",
        body={**CARD, "hidden": True, "featured": True},
        equals={"hidden": False, "featured": False},
    ),
    Row(
        says="the answer can be expanded and picked",
        who="alice",
        method="POST",
        path=CARDS,
        query={"expand": "community_creator", "fields": "title,expand.community_creator.username"},
        body=CARD,
        events=CREATED,
        equals={"title": "T", "expand": {"community_creator": {"username": "alice"}}},
        lacks=["collectionId"],
    ),
    Row(
        says="bad fields are refused before anything is made",
        who="alice",
        method="POST",
        path=CARDS,
        query={"fields": "title:nope(1)"},
        body=CARD,
        status=400,
    ),
)
def test_cards(world: World, row: Row) -> None:
    check(world, row)


@rows(
    form(
        "a form's words are read",
        "&community_is_public=true&holographic_intensity=60",
        equals={"community_is_public": True, "holographic_intensity": 60},
    ),
    form(
        "JSON in a form is read", "&community_tags=%5B%22a%22%5D", equals={"community_tags": ["a"]}
    ),
    form(
        "what is not a number's shortest spelling stays a text",
        "&description=1.0",
        equals={"description": "1.0"},
    ),
    form("a number becomes a text again", "&description=-2.5", equals={"description": "-2.5"}),
    form("a plus is a blank", "&description=a+b", equals={"description": "a b"}),
    form(
        "bytes that are no text are replaced", "&description=%FF", equals={"description": "\ufffd"}
    ),
    form(
        "a payload's keys win", "&%40jsonPayload=%7B%22title%22%3A%22P%22%7D", equals={"title": "P"}
    ),
    form(
        "later payloads win over earlier ones",
        "&%40jsonPayload=%7B%22title%22%3A%22P%22%7D&%40jsonPayload=%7B%22title%22%3A%22Q%22%7D",
        equals={"title": "Q"},
    ),
    form("a payload is an object", "&%40jsonPayload=%5B%5D", status=400),
    form("or nothing", "&%40jsonPayload=null", equals={"title": "T"}),
    form("a broken payload is refused", "&%40jsonPayload=%7B", status=400),
    form("a broken percent is refused", "&description=a%zz", status=400),
    form("a semicolon is refused", "&description=a;b", status=400),
    form("U+0000 is refused", "&description=%00", status=400),
    form(
        "the query's values are taken along",
        "",
        query={"description": "q"},
        equals={"description": "q"},
    ),
    Row(
        says="everything may come as text, in parts",
        who="alice",
        method="POST",
        path=CARDS,
        content="".join(
            f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
            for name, text in {
                "title": "T",
                "community_creator": "{alice}",
                "community_is_public": "true",
                "holographic_intensity": "50",
                "community_likes": "0",
                "community_tags": '["a","b"]',
            }.items()
        )
        + "--B--\r\n",
        headers={"content-type": "multipart/form-data; boundary=B"},
        equals={"community_is_public": True, "community_tags": ["a", "b"]},
        events=CREATED,
    ),
)
def test_forms(world: World, row: Row) -> None:
    check(world, row)


@rows(
    Row(
        says="a collection without a create rule is closed to guests",
        method="POST",
        path="/api/collections/roles/records",
        body={"name": "x"},
        status=403,
    ),
    Row(
        says="and to users",
        who="mod",
        method="POST",
        path="/api/collections/roles/records",
        body={"name": "x"},
        status=403,
    ),
    Row(
        says="the body is read before that is said",
        who="bob",
        method="POST",
        path="/api/collections/roles/records",
        content=b"{",
        headers={"content-type": "application/json"},
        status=400,
    ),
    Row(
        says="a superuser may",
        who="root",
        method="POST",
        path="/api/collections/roles/records",
        body={"name": "painter", "permissions": ["cards.feature", "cards.feature"]},
        equals={"permissions": ["cards.feature"]},
        events=("roles.created",),
    ),
    Row(
        says="a value that must be unique is refused twice",
        who="root",
        method="POST",
        path="/api/collections/roles/records",
        body={"name": "member"},
        status=400,
        codes={"name": "validation_not_unique"},
    ),
    Row(
        says="an unknown collection is not found",
        method="POST",
        path="/api/collections/nope/records",
        body={},
        status=404,
    ),
    Row(
        says="a permission opens what a role allows",
        who="mod",
        method="POST",
        path="/api/collections/tags/records",
        body={"name": "rookie", "color": "#00FF00"},
        equals={"usage_count": 0},
        events=("tags.created",),
    ),
    Row(
        says="nobody else gets in",
        who="alice",
        method="POST",
        path="/api/collections/tags/records",
        body={"name": "rookie2"},
        status=400,
    ),
    Row(
        says="a second one of a pair is refused by both names",
        who="bob",
        method="POST",
        path="/api/collections/follows/records",
        given=("follows", {"follower": "{bob}", "following": "{alice}"}),
        body={"follower": "{bob}", "following": "{alice}"},
        status=400,
        codes={"follower": "validation_not_unique", "following": "validation_not_unique"},
    ),
    Row(
        says="nobody follows themselves",
        who="alice",
        method="POST",
        path="/api/collections/follows/records",
        body={"follower": "{alice}", "following": "{alice}"},
        status=400,
        codes={"following": "validation_invalid_value"},
    ),
    Row(
        says="nobody likes what they cannot see",
        who="bob",
        method="POST",
        path="/api/collections/likes/records",
        body={"user": "{bob}", "card": "{private}"},
        status=400,
    ),
)
def test_rules_and_uniqueness(world: World, row: Row) -> None:
    check(world, row)
