"""The jobs of an instance: who may list and start them."""

from tests.wire.rows import Row, check, rows
from tests.wire.world import World

PATH = "/api/crons"


def test_jobs_are_listed_and_started(world: World) -> None:
    jobs = world.ask("root", "GET", PATH).json()
    assert {"id": "__pbLogsCleanup__", "expression": "0 */6 * * *"} in jobs
    own = [job["id"] for job in jobs if not job["id"].startswith("__pb")]
    assert [job["id"] for job in jobs[: len(own)]] == sorted(own)
    for _ in range(2):
        started = world.ask("root", "POST", f"{PATH}/__pbLogsCleanup__")
        assert (started.status_code, started.content) == (204, b"")
    assert world.ask("root", "GET", PATH, query={"fields": "id"}).json()[-1].keys() == {"id"}


@rows(
    Row(says="guests see no jobs", path=PATH, status=401),
    Row(says="nor does somebody else", who="alice", path=PATH, status=403),
    Row(says="one that is not there", who="root", method="POST", path=PATH + "/x", status=404),
    Row(says="one without a name", who="root", method="POST", path=PATH + "/", status=404),
    Row(says="a list is not written to", who="root", method="POST", path=PATH, status=404),
)
def test_crons(world: World, row: Row) -> None:
    check(world, row)
