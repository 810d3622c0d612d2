"""Files that a view shows are those of the records behind it."""

from typing import Any

import pytest

from tests.wire.filing import filing_of, png
from tests.wire.test_collections import COLLECTIONS, make
from tests.wire.world import RECORDS, World


@pytest.mark.parametrize("field", ["one", "many"])
def test_a_file_is_served_through_views_from_its_own_record(world: World, field: str) -> None:
    with filing_of(world) as files:
        made = files.made((field, ("a.png", png())))
        name = made[field] if field == "one" else made[field][0]
        inner = _view(world, f"SELECT 'x' || id AS id, {field} AS shown FROM {files.name}")
        outer = _view(world, f"SELECT v.id, v.shown AS again FROM {inner['name']} v")
        lost = _view(world, f"SELECT id, ({field}) AS again FROM {files.name}")
        path = f"/api/files/{outer['name']}/x{made['id']}"
        assert world.ask("guest", "GET", f"{path}/{name}").content == png()
        assert world.ask("guest", "GET", f"{path}/other.png").status_code == 404
        for wrong in (f"{outer['name']}/{made['id']}", f"{lost['name']}/{made['id']}"):
            assert world.ask("guest", "GET", f"/api/files/{wrong}/{name}").status_code == 404
        record = RECORDS.format(outer["name"])
        assert world.ask("root", "GET", record).json()["items"][0]["again"] == made[field]
        for view in (outer, inner, lost):
            world.ask("root", "DELETE", f"{COLLECTIONS}/{view['id']}")


def _view(world: World, query: str) -> dict[str, Any]:
    return make(world, name=world.fresh("view"), type="view", viewQuery=query, viewRule="")
