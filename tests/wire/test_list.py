"""Lists: the page, the filter, the order, and what each caller finds in them."""

import pytest

from tests.wire.rows import ANYTHING, Json, Row, check, rows
from tests.wire.world import World

CARDS = "/api/collections/unified_cards/records"
LEVELS = "/api/collections/fan_levels/records"


def page(says: str, status: int = 200, *, who: str = "guest", **query: Json) -> Row:
    """A page of cards."""
    return Row(says=says, who=who, path=CARDS, query=query, status=status)


def numbers(says: str, at: int, size: int, /, **query: Json) -> Row:
    """The numbers that a list of levels answers with."""
    return Row(says=says, path=LEVELS, query=query, equals={"page": at, "perPage": size})


@rows(
    numbers("a page has thirty records", 1, 30),
    numbers("page zero is the first", 1, 30, page=0),
    numbers("so is a page before it", 1, 30, page=-(2**63)),
    numbers("the page is echoed", 7, 30, page=7),
    numbers("empty parameters are none", 1, 30, page="", perPage=""),
    numbers("a page of none has thirty", 1, 30, perPage=0),
    numbers("a page has a thousand at most", 1, 1_000, perPage=5_000),
    numbers("a far page is empty", 2**63 - 1, 30, page=2**63 - 1),
    page("a page is a number", 400, page="x"),
    page("a whole one", 400, page="1.5"),
    page("that fits", 400, page=10**30),
    page("a size is a number", 400, perPage="1e2"),
    page("skipTotal is true or false", 400, skipTotal="yes"),
    Row(
        says="totals can be skipped",
        path=LEVELS,
        query={"skipTotal": "T"},
        equals={"totalItems": -1, "totalPages": -1, "items.0.level": 1},
    ),
    Row(
        says="pages are counted",
        path=LEVELS,
        query={"perPage": 3, "sort": "-level"},
        equals={"totalItems": ANYTHING, "items.2": ANYTHING},
    ),
    Row(
        says="nothing found is an empty page",
        path=LEVELS,
        query={"filter": "level = 99"},
        equals={"items": [], "totalItems": 0, "totalPages": 0},
    ),
)
def test_pages(world: World, row: Row) -> None:
    check(world, row)


@rows(
    page("an unknown field cannot be filtered by", 400, filter="nope = 1"),
    page("a name alone is no filter", 400, filter="title"),
    page("blanks are no filter", 400, filter=" "),
    page("an empty filter is none", filter=""),
    page("unescaped quotes are not understood", 400, filter="title = 'it's'"),
    page("an open bracket is not understood", 400, filter="("),
    page("a hidden field cannot be filtered by", 400, filter="held_by = 1"),
    page("superusers filter by hidden fields", who="root", filter="held_by = 0"),
    page(
        "a secret cannot be reached through a relation",
        400,
        filter="community_creator.tokenKey ~ 'a'",
    ),
    page(
        "a closed collection cannot be joined",
        400,
        filter="community_creator.fan_point_grants_via_user.points > 0",
    ),
    page("the request is not for filters", 403, filter="@request.auth.id = ''"),
    page("not even in a text", 403, filter="title = '@request.'"),
    page("nor are other collections", 403, filter="@collection.users.id = ''"),
    page("superusers may use the request", who="root", filter="@request.auth.id != ''"),
    page("U+0000 is in no filter", 400, filter="title = 'a\x00b'"),
    page(
        "hundreds of terms are understood",
        filter=" || ".join(f"title = '{number}'" for number in range(1_000)),
    ),
    page(
        "more than a thousand are not",
        400,
        filter=" || ".join(f"id='{number}'" for number in range(1_001)),
    ),
    Row(says="what cannot be decoded is left out", path=CARDS + "?filter=%zz"),
    Row(
        says="an ISO date is compared as a date",
        path=CARDS,
        query={"filter": "created > '2020-01-01T00:00:00Z' && id = '{card}'"},
        equals={"totalItems": 1},
    ),
    Row(
        says="a tag is found inside the JSON",
        path=CARDS,
        query={"filter": "community_tags ~ 'gold' && id = '{card}'"},
        equals={"totalItems": 1},
    ),
    Row(
        says="a filter goes through relations",
        path=CARDS,
        query={"filter": "community_creator.username = 'alice' && id = '{card}'"},
        equals={"totalItems": 1},
    ),
)
def test_filters(world: World, row: Row) -> None:
    check(world, row)


@rows(
    page("a list can be sorted", sort="-created,+title"),
    page("by chance, too", sort="@random"),
    page("and by when it was written", sort="-@rowid"),
    page("through relations", sort="community_creator.username"),
    page("by eight terms", sort=",".join(["title"] * 8)),
    page("with blanks around them", sort="\t-created ,\n+title\u00a0\u3000"),
    page("but not behind a sign", 400, sort="- created"),
    page("not by nine", 400, sort=",".join(["title"] * 9)),
    page("not by what there is not", 400, sort="-expand.card.rarity"),
    page("not by a hidden field", 400, sort="held_by"),
    page("not by nothing", 400, sort="title,"),
    page("not by a text", 400, sort="'title'"),
    page("not by the request", 403, sort="@request.auth.id"),
)
def test_orders(world: World, row: Row) -> None:
    check(world, row)


@rows(
    Row(
        says="a closed collection is closed to guests",
        path="/api/collections/_superusers/records",
        status=403,
    ),
    Row(
        says="and to users",
        who="alice",
        path="/api/collections/fan_point_grants/records",
        status=403,
    ),
    Row(says="not to superusers", who="root", path="/api/collections/fan_point_grants/records"),
    Row(
        says="a garbage token is a guest's",
        path="/api/collections/_superusers/records",
        headers={"authorization": "garbage"},
        status=403,
    ),
    Row(
        says="a guest does not find what is not public",
        path=CARDS,
        query={"filter": "id = '{private}'"},
        equals={"items": [], "totalItems": 0},
    ),
    Row(
        says="nor does another user",
        who="bob",
        path=CARDS,
        query={"filter": "id = '{private}'"},
        equals={"totalItems": 0},
    ),
    Row(
        says="its owner does",
        who="alice",
        path=CARDS,
        query={"filter": "id = '{private}'"},
        equals={"totalItems": 1},
    ),
    Row(
        says="a superuser does, with what is hidden",
        who="root",
        path=CARDS,
        query={"filter": "id = '{private}'"},
        equals={"items.0.held_by": ANYTHING},
    ),
    Row(
        says="nobody else sees what is hidden",
        who="alice",
        path=CARDS,
        query={"filter": "id = '{card}'"},
        lacks=["held_by"],
    ),
    Row(
        says="a collection is found without regard to case",
        path="/api/collections/UNIFIED_CARDS/records",
    ),
    Row(says="and by its id", path="/api/collections/_pb_users_auth_/records"),
    Row(says="an unknown one is not", path="/api/collections/nope/records", status=404),
)
def test_rules(world: World, row: Row) -> None:
    check(world, row)


@rows(
    Row(
        says="an address stays with its owner",
        who="bob",
        path="/api/collections/users/records",
        lacks=["alice@example.com", "tokenKey", "password"],
        contains=["bob@example.com"],
    ),
    Row(
        says="a guest sees none",
        path="/api/collections/users/records",
        lacks=["alice@example.com", "bob@example.com"],
    ),
    Row(
        says="a superuser sees all",
        who="root",
        path="/api/collections/users/records",
        contains=["alice@example.com"],
        lacks=["tokenKey", "$2a$"],
    ),
    Row(
        says="who hides it cannot be found by it",
        who="bob",
        path="/api/collections/users/records",
        query={"filter": "email ~ 'alice'"},
        equals={"totalItems": 0},
    ),
    Row(
        says="nor by not having it",
        who="bob",
        path="/api/collections/users/records",
        query={"filter": "email != 'x' && id = '{alice}'"},
        equals={"totalItems": 0},
    ),
)
def test_addresses_are_not_given_away(world: World, row: Row) -> None:
    check(world, row)


def test_the_numbers_of_pages_agree(world: World) -> None:
    everything = world.ask("guest", "GET", LEVELS).json()
    total = everything["totalItems"]
    found = []
    for number in range(1, -(-total // 3) + 1):
        part = world.ask("guest", "GET", LEVELS, query={"page": number, "perPage": 3}).json()
        assert (part["totalItems"], part["totalPages"]) == (total, -(-total // 3))
        found += part["items"]
    assert found == everything["items"]


@pytest.mark.parametrize("who", ["guest", "alice", "root"])
def test_a_list_and_a_view_show_the_same_record(world: World, who: str) -> None:
    query = {"filter": f"id = '{world.ids['card']}'"}
    listed = world.ask(who, "GET", CARDS, query=query).content
    viewed = world.ask(who, "GET", f"{CARDS}/{world.ids['card']}").content
    assert (
        listed == b'{"items":[' + viewed + b'],"page":1,"perPage":30,"totalItems":1,"totalPages":1}'
    )
    assert sorted(world.ask(who, "GET", f"{CARDS}/{world.ids['card']}").json()) == list(
        world.ask(who, "GET", f"{CARDS}/{world.ids['card']}").json()
    )
