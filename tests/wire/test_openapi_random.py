"""Random requests for every operation of the OpenAPI document, from every kind of caller: no server
error, and answers that hold what the document says and no key more.

`--requests N` asks N times for each operation. Every day each caller asks on each store for every
third operation alone, so that each one is asked for twice.
"""

from typing import Any, Final

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.wire.rows import Json
from tests.wire.test_collections import make
from tests.wire.test_openapi import document, is_left_over
from tests.wire.world import World

CHECKS: Final = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
WHO: Final = ("guest", "user", "root")
ENDLESS: Final = "/api/realtime"
"""Its GET is a stream, which has tests of its own."""

KEYS: Final = (
    *("name", "type", "fields", "id", "query", "requests", "method", "url", "body", "email"),
    *("collections", "token", "password", "identity", "subscriptions", "clientId", "code"),
)
BODIES: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=6,
)
"""What is sent where the document does not say what a body holds."""


class Walker:
    """Somebody who asks for everything, and keeps in mind what he has made."""

    def __init__(self, world: World, who: str) -> None:
        self.world = world
        self.who = who
        self.told = strict(document(world, who if who == "root" else "guest"))
        # Not in the document, because somebody may drop it.
        self.own = make(world, fields=[{"name": "a", "type": "text"}])["name"]
        self.made: list[tuple[str, str]] = []
        self.session = requests.Session()
        self._account = self._sign_up()
        self._log_in()

    def operations(self) -> list[Any]:
        """The operations that the document tells this caller of, but for those of collections that
        other tests have made; what ends sessions comes last."""
        schema = schemathesis.openapi.from_dict(self.told)
        found = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
        found.sort(key=lambda each: each.path.startswith("/api/sessions"))
        return [
            each
            for each in found
            if (each.path, each.method) != (ENDLESS, "get") and not is_left_over(each.path)
        ]

    def ask(self, case: Any, data: st.DataObject) -> None:
        """Sends a case, which is completed by what is there."""
        self._aim(case, data)
        if case.operation.method != "get" and not case.operation.body:
            case.body, case.media_type = data.draw(BODIES), "application/json"
        answer = case.call_and_validate(
            base_url=self.world.url, session=self.session, checks=CHECKS
        )
        path = case.operation.path
        if case.operation.method == "post" and path.endswith("/records"):
            made = answer.json()
            if answer.status_code == 200 and "id" in made:
                self.made.append((path, made["id"]))
        if answer.status_code == 401 and self.who != "guest":
            self._log_in()

    def _aim(self, case: Any, data: st.DataObject) -> None:
        """Mostly asks for what there is: records of anybody to look at, its own ones to change."""
        path = case.operation.path
        if "{collection}" in path and data.draw(st.booleans()):
            case.path_parameters["collection"] = self.own
        records = path.removesuffix("/{id}")
        if records != path and records.endswith("/records") and data.draw(st.booleans()):
            own = [made for place, made in self.made if place == records]
            if case.operation.method == "get" and not own:
                own = [each["id"] for each in self._first(records)]
            if own:
                case.path_parameters["id"] = own[0]

    def _first(self, path: str) -> list[dict[str, Any]]:
        answer = self.world.ask("root", "GET", path, query={"perPage": 1, "skipTotal": 1})
        return list(answer.json()["items"])

    def _sign_up(self) -> tuple[str, str]:
        name = self.world.fresh("walker")
        collection = "_superusers" if self.who == "root" else "users"
        self.world.make(collection, self.world.account(name))
        return collection, f"{name}@example.com"

    def _log_in(self) -> None:
        if self.who != "guest":
            collection, email = self._account
            self.session.headers["authorization"] = self.world.log_in(email, collection)["token"]


def strict(told: Json) -> Json:
    """The document, with records that hold nothing but what it names."""
    for name, schema in told["components"]["schemas"].items():
        if not name.endswith(".input") and "collectionId" in schema["properties"]:
            schema["additionalProperties"] = False
    return told


@pytest.mark.parametrize("who", WHO)
def test_random_requests_are_answered_as_the_document_says(
    world: World, who: str, request: pytest.FixtureRequest
) -> None:
    times = request.config.getoption("--requests")
    walker = Walker(world, who)
    operations = walker.operations()
    assert len(operations) > 150
    if times == 1:
        first = WHO.index(who) + (world.settings.store is not None)
        operations = operations[first % 3 :: 3]
    for operation in operations:

        @settings(max_examples=times, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(), data=st.data())
        def ask(case: Any, data: st.DataObject) -> None:
            walker.ask(case, data)

        ask()
    walker.session.close()
