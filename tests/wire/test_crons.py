"""The jobs of an instance: who may list and start them."""

from tests.wire.rows import Row, check, rows
from tests.wire.world import World

PATH = "/api/crons"


@rows(
    Row(says="guests see no jobs", path=PATH, status=401),
    Row(says="nor does somebody else", who="alice", path=PATH, status=403),
    Row(says="one that is not there", who="root", method="POST", path=PATH + "/x", status=404),
    Row(says="one without a name", who="root", method="POST", path=PATH + "/", status=404),
    Row(says="a list is not written to", who="root", method="POST", path=PATH, status=404),
)
def test_crons(world: World, row: Row) -> None:
    check(world, row)
