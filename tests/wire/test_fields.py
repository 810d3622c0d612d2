"""What each field type makes of what it is sent, on the product's own collections."""

from tests.wire.rows import Json, Row, check, rows
from tests.wire.world import World

CARDS = "/api/collections/unified_cards/records"


def card(says: str, *, code: str = "", **sent: Json) -> Row:
    """A card with one value: refused with a code for it, or taken."""
    name = next(iter(sent))
    return Row(
        says=says,
        who="alice",
        method="POST",
        path=CARDS,
        body={"title": "T", "community_creator": "{alice}", **sent},
        status=400 if code else 200,
        codes={name: code} if code else {},
        events=() if code else None,
    )


def kept(says: str, name: str, sent: Json, stored: Json) -> Row:
    """A card with one value, and what becomes of it."""
    row = card(says, **{name: sent})
    return Row(
        says=says,
        who=row.who,
        method=row.method,
        path=row.path,
        body=row.body,
        equals={name: stored},
        events=None,
    )


def profile(says: str, sent: Json, *, code: str = "", stored: Json = None) -> Row:
    """An update of alice's profile by one value."""
    name = next(iter(sent))
    return Row(
        says=says,
        who="alice",
        method="PATCH",
        path="/api/collections/unified_users/records/{profile}",
        body=sent,
        status=400 if code else 200,
        codes={name: code} if code else {},
        equals={} if code else {name: stored},
        events=() if code else ("unified_users.updated",),
    )


@rows(
    card("a required text may not be missing", title=None, code="validation_required"),
    card("a required text may not be empty", title="", code="validation_required"),
    card("a list is no text", title=["a"], code="validation_required"),
    card("a text may fill its maximum, counted in characters", title="é" * 100),
    card("a text may not exceed it", title="é" * 101, code="validation_max_text_constraint"),
    card("an id has fifteen characters", id="short", code="validation_min_text_constraint"),
    card("and no more", id="x" * 16, code="validation_max_text_constraint"),
    card("an id is lower case", id="ABCDEFGHIJKLMNO", code="validation_invalid_format"),
    card("an id is used once", id="{card}", code="validation_not_unique"),
    kept("a number becomes its digits in a text", "title", 5.5, "5.5"),
    kept("true becomes a word in a text", "title", True, "true"),
    kept("a text is not trimmed", "title", " x ", " x "),
    kept("nothing is escaped", "title", "<b>&\u2028", "<b>&\u2028"),
)
def test_texts(world: World, row: Row) -> None:
    check(world, row)


@rows(
    card(
        "a number has a maximum",
        holographic_intensity=100.5,
        code="validation_max_number_constraint",
    ),
    card("and a minimum", holographic_intensity=-1, code="validation_min_number_constraint"),
    card("nan is not a number", holographic_intensity="nan", code="validation_not_a_number"),
    card("nor is Infinity", holographic_intensity="Infinity", code="validation_not_a_number"),
    card(
        "a whole number has no fraction",
        holographic_animation_duration=500.5,
        code="validation_only_int_constraint",
    ),
    card(
        "fractions are refused before sizes",
        holographic_animation_duration=5.5,
        code="validation_only_int_constraint",
    ),
    kept("zero passes every bound", "holographic_animation_duration", 0, 0),
    kept("a numeric text is a number", "holographic_intensity", "1e1", 10),
    kept("another text is zero", "holographic_intensity", "abc", 0),
    kept("true is one", "holographic_intensity", True, 1),
    kept("a list is zero", "holographic_intensity", [5], 0),
    kept("small numbers keep their digits", "holographic_intensity", 1e-7, 1e-7),
)
def test_numbers(world: World, row: Row) -> None:
    check(world, row)


@rows(
    kept("a word is true", "community_is_public", "T", True),
    kept("another word is not", "community_is_public", "yes", False),
    kept("a number that is not zero is", "community_is_public", 0.5, True),
    kept("a list is not", "community_is_public", ["true"], False),
)
def test_bools(world: World, row: Row) -> None:
    check(world, row)


@rows(
    card("a value must be listed", holographic_effect="nope", code="validation_invalid_value"),
    card("exactly", holographic_effect="overlay ", code="validation_invalid_value"),
    kept(
        "the last of several is taken",
        "holographic_effect",
        ["overlay", "hard-light"],
        "hard-light",
    ),
    kept("a list as text is a list", "holographic_effect", '["hard-light"]', "hard-light"),
    kept("nothing chosen is nothing", "holographic_effect", "", ""),
    kept("what is not sent has its default", "title", "T", "T"),
)
def test_selects(world: World, row: Row) -> None:
    check(world, row)


@rows(
    card(
        "a related record must exist", remixed_from="x" * 15, code="validation_missing_rel_records"
    ),
    card(
        "a number is an id that nobody has", remixed_from=5, code="validation_missing_rel_records"
    ),
    kept("the last of several is related", "remixed_from", ["x" * 15, "{card}"], "{card}"),
    kept("null relates to nothing", "remixed_from", None, ""),
    Row(
        says="a list of relations has a maximum",
        who="alice",
        method="POST",
        path="/api/collections/collections/records",
        body={
            "name": "Many",
            "owner": "{alice}",
            "cards": [f"nope{number:011d}" for number in range(1_001)],
        },
        status=400,
        codes={"cards": "validation_too_many_values"},
    ),
    Row(
        says="a list of relations loses duplicates and empties, and keeps its order",
        who="alice",
        method="POST",
        path="/api/collections/collections/records",
        body={"name": "Two", "owner": "{alice}", "cards": ["{private}", "", "{card}", "{private}"]},
        equals={"cards": ["{private}", "{card}"], "total_cards": 2},
        events=None,
    ),
    Row(
        says="one id may be taken out of a list and another added to its front",
        who="alice",
        method="PATCH",
        path="/api/collections/collections/records/{it}",
        given=("collections", {"name": "C", "owner": "{alice}", "cards": ["{card}"]}),
        body={"+cards": "{private}", "cards-": "{card}"},
        equals={"cards": ["{private}"]},
        events=None,
    ),
)
def test_relations(world: World, row: Row) -> None:
    check(world, row)


@rows(
    kept("a JSON text is read", "community_tags", '["a"]', ["a"]),
    kept("null stays null", "community_tags", None, None),
    kept("names lose nothing in JSON", "community_tags", ["b", "a"], ["b", "a"]),
    card("JSON has a maximum", community_tags=["x" * 2_000], code="validation_json_size_limit"),
    card("tags are names", community_tags={"a": 1}, code="validation_invalid_value"),
    Row(
        says="object keys are sorted and numbers go through float64",
        who="alice",
        method="POST",
        path="/api/collections/templates/records",
        body={
            "name": "Frame",
            "creator": "{alice}",
            "template_data": {"b": 1.0, "a": 12345678901234567890, "c": '{"x":1}'},
        },
        contains=['"template_data":{"a":12345678901234567000,"b":1,"c":"{\\"x\\":1}"}'],
        events=None,
    ),
)
def test_json(world: World, row: Row) -> None:
    check(world, row)


@rows(
    profile("an address needs no scheme", {"avatar_url": "example.com"}, stored="example.com"),
    profile("an address has no blanks", {"avatar_url": "a b"}, code="validation_invalid_url"),
    profile(
        "an address is no script",
        {"avatar_url": "javascript:alert(1)"},
        code="validation_invalid_url",
    ),
    profile(
        "a date is brought to UTC and milliseconds",
        {"fan_joined_date": "2022-01-01T11:23:45.6789+02:00"},
        stored="2022-01-01 09:23:45.678Z",
    ),
    profile("a time needs its seconds", {"fan_joined_date": "2022-01-01 11:23"}, stored=""),
    profile("a number is no date", {"fan_joined_date": 1_700_000_000}, stored=""),
    profile(
        "a pattern is looked for", {"team_theme_color": "red"}, code="validation_invalid_format"
    ),
    profile("a pattern is found", {"team_theme_color": "#C30452"}, stored="#C30452"),
)
def test_addresses_dates_and_patterns(world: World, row: Row) -> None:
    check(world, row)


@rows(
    card(
        "a file cannot be named into being",
        holographic_image="x.png",
        code="validation_invalid_file",
    ),
    kept("no file is no file", "holographic_image", "", ""),
    Row(
        says="a file that is no picture is refused, one for another field is left out",
        who="alice",
        method="POST",
        path=CARDS,
        content=(
            '--B\r\nContent-Disposition: form-data; name="title"\r\n\r\nT\r\n'
            '--B\r\nContent-Disposition: form-data; name="title"; filename="t"\r\n\r\nx\r\n'
            '--B\r\nContent-Disposition: form-data; name="community_creator"\r\n\r\n{alice}\r\n'
            '--B\r\nContent-Disposition: form-data; name="holographic_image"; filename="x.png"'
            "\r\n\r\nbytes\r\n--B--\r\n"
        ),
        headers={"content-type": "multipart/form-data; boundary=B"},
        status=400,
        codes={"holographic_image": "validation_invalid_mime_type"},
    ),
)
def test_files(world: World, row: Row) -> None:
    check(world, row)


def test_times_are_the_servers(world: World) -> None:
    given = {"title": "T", "created": "2001-01-01", "updated": "2001-01-01"}
    made = world.make("unified_cards", {**given, "community_creator": world.ids["alice"]})
    shown = world.show("unified_cards", made)
    assert shown["created"] > "2020" and shown["updated"] > "2020"
    world.change("unified_cards", made)
    later = world.show("unified_cards", made)
    assert later["created"] == shown["created"]
    assert later["updated"] >= shown["updated"]


def test_a_refusal_names_every_field_at_once(world: World) -> None:
    body = {
        "title": "",
        "community_creator": world.ids["alice"],
        "holographic_intensity": 101,
        "holographic_effect": "nope",
        "remixed_from": "nope",
    }
    answer = world.ask("alice", "POST", CARDS, body=body)
    assert answer.status_code == 400
    assert {name: item["code"] for name, item in answer.json()["data"].items()} == {
        "holographic_effect": "validation_invalid_value",
        "holographic_intensity": "validation_max_number_constraint",
        "remixed_from": "validation_missing_rel_records",
        "title": "validation_required",
    }
    assert answer.json()["data"]["holographic_intensity"]["params"] == {"max": 100}
