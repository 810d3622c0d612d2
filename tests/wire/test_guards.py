"""Guards: which routes let whom in, and that the OpenAPI document tells of every route."""

import re
from typing import Any
from unittest.mock import MagicMock

import pytest

from holobase.api.router import Route
from holobase.api.routes import routes
from holobase.api.surroundings import Surroundings
from holobase.api.tags import TAGS, tags_of_route
from holobase.community.identity.permissions import AUDITOR, MEMBER, OPERATOR, PERMISSIONS
from tests.wire.rows import Row, check, rows
from tests.wire.world import World

COLUMNS = ("guest", "alice", "mod", "operator", "auditor", "root")
TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/api/settings"): (401, 403, 403, 200, 403, 200),
    ("PATCH", "/api/settings"): (401, 403, 403, 403, 403, 200),
    ("POST", "/api/settings/apple/generate-client-secret"): (401, 403, 403, 403, 403, 400),
    ("GET", "/api/collections"): (401, 403, 403, 200, 403, 200),
    ("GET", "/api/collections/users"): (401, 403, 403, 200, 403, 200),
    ("GET", "/api/collections/meta/scaffolds"): (401, 403, 403, 200, 403, 200),
    ("GET", "/api/collections/meta/oauth2-providers"): (401, 403, 403, 200, 403, 200),
    ("POST", "/api/collections/meta/dry-run-view"): (401, 403, 403, 403, 403, 400),
    ("POST", "/api/collections"): (401, 403, 403, 403, 403, 400),
    ("PATCH", "/api/collections/users"): (401, 403, 403, 403, 403, 200),
    ("DELETE", "/api/collections/users"): (401, 403, 403, 403, 403, 400),
    ("DELETE", "/api/collections/_superusers/truncate"): (401, 403, 403, 403, 403, 400),
    ("PUT", "/api/collections/import"): (401, 403, 403, 403, 403, 400),
    ("GET", "/api/logs"): (401, 403, 403, 200, 200, 200),
    ("GET", "/api/logs/stats"): (401, 403, 403, 200, 200, 200),
    ("GET", "/api/logs/nothing"): (401, 403, 403, 404, 404, 404),
    ("DELETE", "/api/logs"): (401, 403, 403, 403, 403, 204),
    ("GET", "/api/crons"): (401, 403, 403, 403, 403, 200),
    ("POST", "/api/crons/__pbNothing__"): (401, 403, 403, 403, 403, 404),
    ("GET", "/api/backups"): (401, 403, 403, 200, 403, 200),
    ("POST", "/api/backups/upload"): (401, 403, 403, 403, 403, 400),
    ("DELETE", "/api/backups/no.zip"): (401, 403, 403, 400, 403, 400),
    ("POST", "/api/backups/no.zip/restore"): (401, 403, 403, 403, 403, 400),
    ("GET", "/api/audit"): (401, 403, 403, 403, 200, 200),
    ("GET", "/api/permissions"): (401, 200, 200, 200, 200, 200),
}
"""What somebody with each role is answered who sends an empty object."""


@pytest.fixture(scope="module")
def office(world: World) -> World:
    """The world with an operator and an auditor in it."""
    for role in (OPERATOR, AUDITOR):
        if role.name not in world.tokens:
            person = world.person(role.name)
            world.change("users", person, roles=[MEMBER.id, role.id])
    return world


@pytest.mark.parametrize("method, path", TABLE)
def test_a_guarded_route_lets_in_who_may(office: World, method: str, path: str) -> None:
    found = tuple(office.ask(who, method, path, body={}).status_code for who in COLUMNS)
    assert found == TABLE[method, path]


@rows(
    Row(
        says="a name that is spelled like a fixed part is a collection's",
        path="/api/collections/import/records",
        status=404,
    ),
    Row(says="a part may not be empty", path="/api/collections/users/records/", status=404),
    Row(says="no route has another method", method="PUT", path="/api/settings", status=404),
    Row(says="the root is no route", path="/", status=404),
)
def test_what_leads_nowhere(world: World, row: Row) -> None:
    check(world, row)


def test_a_field_called_roles_gives_nobody_permissions(office: World) -> None:
    """Accounts of other collections may set such a field themselves."""
    collection = {
        "name": "clerks",
        "type": "auth",
        "createRule": "",
        "fields": [{"name": "roles", "type": "text"}],
    }
    made = office.ask("root", "POST", "/api/collections", body=collection)
    assert made.status_code == 200, made.text
    clerk = office.account(roles=OPERATOR.id)
    assert office.ask("guest", "POST", "/api/collections/clerks/records", body=clerk).is_success
    token = office.log_in(clerk["email"], "clerks")["token"]
    answer = office.ask("guest", "GET", "/api/settings", headers={"authorization": token})
    assert answer.status_code == 403


def _routes() -> list[Route]:
    application: Any = MagicMock()  # routes are made of handlers, which nobody calls here
    surroundings = Surroundings(
        body_bytes_max=0,
        is_ready=lambda: True,
        log_error=lambda *_: None,
        start_job=lambda _: None,
    )
    return routes(application, surroundings)


def _documented(world: World) -> dict[str, Any]:
    paths: dict[str, Any] = world.ask("root", "GET", "/api/openapi.json").json()["paths"]
    return paths


def test_every_route_is_in_the_document(world: World) -> None:
    paths = _documented(world)
    for route in _routes():
        one = route.path.replace("{collection}", "users")
        told = paths.get(route.path) or paths[one]
        assert told[route.method.lower()]["x-guard"] == (
            route.guard.permission or route.guard.kind
        ), route
        assert told[route.method.lower()]["summary"], route


def test_every_permission_that_a_route_asks_for_is_in_the_catalogue() -> None:
    asked = {route.guard.permission for route in _routes()} - {""}
    assert asked <= set(PERMISSIONS)


def test_every_tag_of_rate_limits_is_of_a_route() -> None:
    tagged = [tags_of_route(route.method, route.path) for route in _routes()]
    assert sorted(tags for tags in tagged if tags) == sorted(TAGS.values())


def test_operations_have_names_of_their_own(world: World) -> None:
    operations = [
        operation["operationId"]
        for item in _documented(world).values()
        for method, operation in item.items()
        if method != "parameters"
    ]
    assert len(operations) == len(set(operations))
    assert all(re.fullmatch(r"[\w-]+", name) for name in operations)
