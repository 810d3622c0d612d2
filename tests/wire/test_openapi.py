"""The OpenAPI document and its page: valid, true to what is served, and telling nobody more than
they may know."""

from typing import Any

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from holobase.community.product import DECLARATIONS
from tests.wire.world import World

DOCUMENT = "/api/openapi.json"
NAMES = {*(each.name for each in DECLARATIONS), "meta"}
MADE = 20
"""Paths of collections made at run time that are looked at: they are all alike."""


def document(world: World, who: str) -> dict[str, Any]:
    answer = world.ask(who, "GET", DOCUMENT)
    assert answer.status_code == 200
    return dict(answer.json())


def is_left_over(path: str) -> bool:
    """Whether a path is of a collection that some other test has made."""
    start, _, rest = path.partition("/api/collections/")
    name, _, more = rest.partition("/")
    return not start and bool(more) and not name.startswith("{") and name not in NAMES


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)  # it tells nothing of the store
def test_the_document_is_valid(world: World) -> None:
    told = document(world, "root")
    left_over = [*filter(is_left_over, told["paths"])]
    for path in left_over[MADE:]:
        del told["paths"][path]
    OpenAPIV31SpecValidator(told).validate()


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
@pytest.mark.parametrize("who", ["guest", "alice"])
def test_what_others_are_told_is_as_valid(world: World, who: str) -> None:
    told, whole = document(world, who), document(world, "root")
    assert told["paths"]
    assert told["paths"].items() <= whole["paths"].items()
    OpenAPIV31SpecValidator({**told, "paths": {}}).validate()


def test_guests_do_not_learn_of_collections_that_only_superusers_reach(world: World) -> None:
    open_, all_ = document(world, "guest"), document(world, "root")
    assert "_superusers" not in open_["components"]["schemas"]
    assert "_superusers" in all_["components"]["schemas"]
    assert "unified_cards" in open_["components"]["schemas"]


def test_what_the_server_keeps_cannot_be_sent(world: World) -> None:
    schemas = document(world, "root")["components"]["schemas"]
    assert "community_likes" in schemas["unified_cards"]["properties"]
    assert "community_likes" not in schemas["unified_cards.input"]["properties"]
    assert "tokenKey" not in schemas["users"]["properties"]
    assert "password" not in schemas["users"]["properties"]
    assert "passwordConfirm" in schemas["users.input"]["properties"]


def test_the_page_brings_everything_it_needs(client: httpx.Client) -> None:
    page = client.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for part in ("style.css", "viewer.js", "start.js"):
        assert f"/api/docs/{part}" in page.text
        assert client.get(f"/api/docs/{part}").status_code == 200
    assert client.get("/api/docs/other.js").status_code == 404
