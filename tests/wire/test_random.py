"""Anything at all, sent to every endpoint: always an answer that a client can read, never a 500."""

import json
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.examples import tries
from tests.wire.world import World

COLLECTIONS = [
    "unified_cards",
    "users",
    "unified_users",
    "templates",
    "reviews",
    "community_posts",
    "likes",
    "follows",
    "comments",
    "collections",
    "tags",
    "roles",
    "_superusers",
    "fan_levels",
    "nope",
]
FIELDS = [
    "id",
    "title",
    "name",
    "email",
    "password",
    "passwordConfirm",
    "oldPassword",
    "username",
    "community_creator",
    "community_tags",
    "author",
    "user",
    "card",
    "owner",
    "cards",
    "roles",
    "holographic_intensity",
    "created",
    "expand",
    "title:autogenerate",
    "roles+",
    "+cards",
    "identity",
    "rating",
    "template_data",
    "@jsonPayload",
]
WORDS = [
    "id", "title", "=", "!=", "?=", "~", "!~", "<", "&&", "||", "(", ")", "'a'", '"b"', "1", "-1.5",
    "null", "true", "@now", "@todayStart", "@request.auth.id", "@collection.users.id", "created",
    "community_creator.name", "community_tags:each", "community_tags:length", ":lower", "//", ",",
    "likes_via_card.user", "strftime('%Y', created)", "geoDistance(1,2,3,4)", "%", "\\", "'", ".",
    "community_creator.unified_users_via_user_id.fan_points", "\x00", "é", "😀", "@random", "-",
]  # fmt: skip

texts = st.one_of(st.sampled_from(WORDS), st.text(max_size=20))
phrases = st.lists(texts, max_size=12).map(" ".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
bodies = st.dictionaries(st.sampled_from(FIELDS) | texts, values, max_size=6)
queries = st.dictionaries(
    st.sampled_from(["filter", "sort", "page", "perPage", "skipTotal", "expand", "fields"]) | texts,
    phrases | st.integers().map(str),
    max_size=4,
)
contents = st.one_of(
    st.binary(max_size=200), bodies.map(lambda body: json.dumps(body).encode()), st.just(b"")
)
kinds = st.sampled_from(
    ["application/json", "multipart/form-data; boundary=B", "application/x-www-form-urlencoded", ""]
)
ends = st.one_of(
    st.sampled_from(
        ["records", "records/{card}", "auth-with-password", "auth-refresh", "auth-methods"]
    ),
    texts.map(lambda text: "records/" + quote(text, safe="")),
)
STATUSES = {200, 204, 307, 400, 401, 403, 404, 413}


@tries(100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    who=st.sampled_from(["guest", "alice", "mod", "root"]),
    method=st.sampled_from(["GET", "HEAD", "POST", "PATCH", "PUT", "OPTIONS"]),
    collection=st.sampled_from(COLLECTIONS),
    end=ends,
    query=queries,
    content=contents,
    kind=kinds,
)
def test_every_request_gets_an_answer(
    world: World,
    who: str,
    method: str,
    collection: str,
    end: str,
    query: dict[str, str],
    content: bytes,
    kind: str,
) -> None:
    path = f"/api/collections/{collection}/{end.replace('{card}', world.ids['card'])}"
    if collection == "_superusers" and who == "root":
        who = "mod"  # the superuser is needed by the other tests
    answer = world.ask(
        who, method, path, query=query, content=content, headers={"content-type": kind}
    )
    assert answer.status_code in STATUSES, answer.text
    if answer.content:
        body: Any = answer.json()
        assert isinstance(body, dict)


@tries(50)
@given(header=st.binary(max_size=60), value=st.text(st.characters(codec="latin-1"), max_size=60))
def test_every_header_gets_an_answer(world: World, header: bytes, value: str) -> None:
    name = "".join(chr(97 + byte % 26) for byte in header) or "authorization"
    kept = "".join(char for char in value if char >= " " and char != "\x7f").strip()
    if name in ("host", "connection", "expect", "upgrade", "te", "trailer"):
        return
    for path in ("/api/health", "/api/collections/roles/records"):
        sent = {"authorization": kept.encode("latin-1"), name: kept.encode("latin-1")}
        answer = world.ask("guest", "GET", path, headers=sent)  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.text
