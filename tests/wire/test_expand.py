"""Expand and `fields`: what comes along, what is left out, and that neither gives anything away."""

from tests.wire.rows import ANYTHING, Json, Row, check, rows
from tests.wire.test_collections import make
from tests.wire.world import RECORDS, World

CARDS = "/api/collections/unified_cards/records"
CARD = CARDS + "/{card}"
REMIX = (
    "unified_cards",
    {
        "title": "<p>Hello <b>World</b></p>",
        "community_creator": "{bob}",
        "community_is_public": True,
        "remixed_from": "{private}",
        "template": "{template}",
    },
)


def expanded(says: str, path: str, expand: str, **row: Json) -> Row:
    """A record with something expanded."""
    return Row(says=says, path=path, query={"expand": expand}, **row)


@rows(
    expanded(
        "a relation is expanded",
        CARD,
        "community_creator",
        equals={"expand.community_creator.username": "alice", "community_creator": "{alice}"},
        lacks=["alice@example.com", "tokenKey"],
    ),
    expanded(
        "and what it leads to",
        CARD,
        "community_creator.roles",
        equals={"expand.community_creator.expand.roles.0.name": "member"},
    ),
    expanded(
        "blanks and dots around a path do not matter",
        CARD,
        " .community_creator. ",
        equals={"expand.community_creator.username": "alice"},
    ),
    expanded(
        "what makes no sense is left out",
        CARD,
        "nope,title,community_creator",
        equals={"expand.community_creator.username": "alice"},
        lacks=['"nope"'],
    ),
    expanded("with all that leads there", CARD, "community_creator.nope", lacks=["expand"]),
    expanded(
        "but for what another path leads through",
        CARD,
        "community_creator.nope,community_creator.roles",
        equals={"expand.community_creator.expand.roles.0.name": "member"},
    ),
    expanded(
        "what a relation to nothing would lead to is not asked",
        CARD,
        "template.nope",
        equals={"expand": {}},
    ),
    expanded(
        "a way into a closed collection is left out from its start",
        CARD,
        "community_creator.fan_point_grants_via_user",
        lacks=["expand"],
    ),
    expanded(
        "what is expanded comes in the order of its names",
        "/api/collections/users/records/{alice}",
        "unified_users_via_user_id,roles,unified_cards_via_community_creator",
        contains=['"expand":{"roles":[', '],"unified_cards_via_community_creator":['],
    ),
    expanded("alone it leaves nothing", CARD, "nope", lacks=["expand"]),
    expanded("nor does a path with a hole", CARD, "community_creator..roles", lacks=["expand"]),
    expanded("a relation to nothing is an empty expand", CARD, "template", equals={"expand": {}}),
    expanded(
        "what the caller may not see is left out",
        CARDS + "/{it}",
        "remixed_from,template",
        given=REMIX,
        equals={"expand.template.name": "Frame", "remixed_from": "{private}"},
        lacks=['"title":"Card"'],
    ),
    expanded(
        "its owner sees it",
        CARDS + "/{it}",
        "remixed_from",
        given=REMIX,
        who="alice",
        equals={"expand.remixed_from.title": "Card"},
    ),
    expanded(
        "a closed collection is not expanded into",
        "/api/collections/users/records/{alice}",
        "fan_point_grants_via_user",
        who="alice",
        lacks=["expand"],
    ),
    expanded(
        "superusers expand into it",
        "/api/collections/users/records/{alice}",
        "fan_point_grants_via_user",
        who="root",
        equals={"expand.fan_point_grants_via_user.0.user": "{alice}"},
    ),
    expanded(
        "what points here is expanded as a list",
        "/api/collections/users/records/{alice}",
        "unified_cards_via_community_creator",
        equals={"expand.unified_cards_via_community_creator.0.community_creator": "{alice}"},
        lacks=["{private}"],
    ),
    expanded(
        "or as one where there can be one only",
        "/api/collections/users/records/{alice}",
        "unified_users_via_user_id",
        equals={"expand.unified_users_via_user_id.user_id": "{alice}"},
    ),
    expanded(
        "as old clients write it, too",
        "/api/collections/users/records/{alice}",
        "unified_users(user_id)",
        equals={"expand.unified_users(user_id).user_id": "{alice}"},
    ),
    expanded("in a list too", CARDS, "community_creator", equals={"items.0.expand": ANYTHING}),
    expanded(
        "more levels than six are not gone",
        CARD,
        ".".join(["remixed_from"] * 5_000),
        equals={"expand": {}},
    ),
)
def test_expand(world: World, row: Row) -> None:
    check(world, row)


def picked(
    says: str, fields: str, status: int = 200, path: str = CARDS + "/{it}", **row: Json
) -> Row:
    """A record, or something else, with some keys picked."""
    query = {"fields": fields, **row.pop("query", {})}
    return Row(says=says, path=path, given=REMIX, query=query, status=status, **row)


@rows(
    picked("one key is picked", "template", equals={"template": "{template}"}, lacks=["title"]),
    picked(
        "blanks around keys do not matter",
        " id , template ",
        contains=['"id"', '"template"'],
        lacks=["title"],
    ),
    picked("unknown keys are ignored", "nope", contains=["{}"]),
    picked("a star is everything", "*", contains=["collectionName", "title"]),
    picked("a text is shortened", "title:excerpt(5)", equals={"title": "Hello"}),
    picked("with dots", "title:excerpt(5,true)", equals={"title": "Hello..."}),
    picked("not where all of it fits", "title:excerpt(11,true)", equals={"title": "Hello World"}),
    picked(
        "what is no text stays",
        "holographic_intensity:excerpt(1)",
        equals={"holographic_intensity": 50},
    ),
    picked(
        "a list of texts stays",
        "community_tags:excerpt(1)",
        path=CARD,
        equals={"community_tags": ["star", "gold"]},
    ),
    picked("a length may have decimals", "title:excerpt(5.9)", equals={"title": "Hello"}),
    picked("what comes last counts", "title:excerpt(5),title", contains=["<b>World</b>"]),
    picked(
        "a key wins over keys below it",
        "expand,expand.template.name",
        query={"expand": "template"},
        equals={"expand.template.id": "{template}"},
    ),
    picked(
        "a star names no key above others",
        "expand.*.name",
        query={"expand": "template"},
        equals={"expand": {}},
    ),
    picked("a parenthesis is closed", "id,title(", 400),
    picked("one more does not matter", "id,)", contains=['"id"']),
    picked("an unknown modifier is refused", "title:upper(1)", 400),
    picked("an empty one too", "title:", 400),
    picked("a length is needed", "title:excerpt()", 400),
    picked("above zero", "title:excerpt(0)", 400),
    picked("that fits", "title:excerpt(" + "9" * 30 + ")", 400),
    picked("however long it is", "title:excerpt(" + "9" * 5_000 + ")", 400),
    picked("two arguments at most", "title:excerpt(1,true,1)", 400),
    picked("a missing record is missed first", "title:upper(1)", 404, path=CARDS + "/nope"),
    picked(
        "keys are picked inside an expand",
        "id,expand.template.name",
        query={"expand": "template"},
        equals={"expand": {"template": {"name": "Frame"}}},
    ),
    picked(
        "in a list they are the items'",
        "id",
        path=CARDS,
        equals={"page": 1, "totalItems": ANYTHING},
        lacks=["title"],
    ),
    picked(
        "in other answers the root's",
        "password",
        path="/api/collections/users/auth-methods",
        equals={"password.enabled": True},
        lacks=["oauth2"],
    ),
)
def test_fields(world: World, row: Row) -> None:
    check(world, row)


def test_texts_that_only_look_like_markup_are_shortened_too(world: World) -> None:
    for text in ("<![x[", "<![ x", "<!x", "<a <b", "&#99999999999;", "</", "<!DOCTYPE [<!x"):
        made = world.make(
            "unified_cards",
            {"title": text, "community_creator": world.ids["alice"], "community_is_public": True},
        )
        query = {"fields": "title:excerpt(3)"}
        assert world.ask("guest", "GET", f"{CARDS}/{made}", query=query).status_code == 200


def test_a_relation_that_one_record_can_have_is_expanded_as_one(world: World) -> None:
    parent = make(world, fields=[{"name": "a", "type": "text"}])
    index = "CREATE UNIQUE INDEX `{}` ON `x` (`of` COLLATE NOCASE) WHERE of != '' AND n > 0"
    child = make(
        world,
        fields=[
            {"name": "of", "type": "relation", "collectionId": parent["id"], "maxSelect": 1},
            {"name": "n", "type": "number"},
        ],
        indexes=[index.format(world.fresh("one"))],
    )
    of = world.make(parent["name"], {"a": "1"})
    world.make(child["name"], {"of": of, "n": 5})
    back = f"{child['name']}_via_of"
    path = f"{RECORDS.format(parent['name'])}/{of}"
    found = world.ask("root", "GET", path, query={"expand": back}).json()
    assert found["expand"][back]["n"] == 5
