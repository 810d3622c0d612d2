"""Superusers as older SDKs know them: at addresses of their own, and called admins."""

from tests.wire.rows import ANYTHING, Row, check, rows
from tests.wire.world import PASSWORD, ROOT, World

LOGIN = "/api/admins/auth-with-password"
REFRESH = "/api/admins/auth-refresh"


@rows(
    Row(
        says="a superuser logs in",
        method="POST",
        path=LOGIN,
        body={"identity": ROOT, "password": PASSWORD},
        equals={"token": ANYTHING, "admin.email": ROOT},
        lacks=['"record"'],
        events=None,
    ),
    Row(
        says="nobody else does",
        method="POST",
        path=LOGIN,
        body={"identity": "alice@example.com", "password": PASSWORD},
        status=400,
    ),
    Row(
        says="both parts are needed",
        method="POST",
        path=LOGIN,
        body={},
        status=400,
        codes={"identity": "validation_required", "password": "validation_required"},
    ),
    Row(
        says="a superuser goes on",
        who="root",
        method="POST",
        path=REFRESH,
        equals={"token": ANYTHING, "admin.email": ROOT},
        lacks=['"record"'],
    ),
    Row(says="a guest does not", method="POST", path=REFRESH, status=401),
    Row(says="nor a user", who="alice", method="POST", path=REFRESH, status=403),
)
def test_admins(world: World, row: Row) -> None:
    check(world, row)
