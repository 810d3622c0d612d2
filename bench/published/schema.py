"""The collections: organizations and permissions, accounts that belong to them, and posts by
accounts in tables of several sizes.
"""

from collections.abc import Iterable
from typing import Any

from bench.session import Session

ORGANIZATIONS, PERMISSIONS, MEMBERS = "organizations", "permissions", "members"
PASSWORD = "1234567890"
TYPES = ("a", "b", "c", "d")
SELECTED_MAX = 999

_DATES = (
    {"name": "created", "type": "autodate", "onCreate": True},
    {"name": "updated", "type": "autodate", "onCreate": True, "onUpdate": True},
)


def posts(size: int) -> str:
    """The name of the table of posts of a size."""
    return f"posts{size // 1000}k" if size >= 1000 else f"posts{size}"


def lay_out(session: Session, sizes: Iterable[int]) -> None:
    """Makes the collections, open to everybody."""
    named = {"name": "name", "type": "text", "required": True}
    organizations = _made(session, ORGANIZATIONS, [named])
    permissions = _made(session, PERMISSIONS, [named, {"name": "active", "type": "bool"}])
    members = _made(
        session,
        MEMBERS,
        [
            {"name": "username", "type": "text", "required": True, "max": 150},
            _relation("organization", organizations, required=True),
            _relation("permissions", permissions, maxSelect=SELECTED_MAX),
        ],
        type="auth",
        authAlert={"enabled": False},
    )
    for size in sizes:
        _made(
            session,
            posts(size),
            [
                {"name": "title", "type": "text", "required": True},
                {"name": "description", "type": "text"},
                {"name": "public", "type": "bool"},
                {"name": "type", "type": "select", "values": TYPES, "maxSelect": len(TYPES)},
                _relation("author", members, required=True),
            ],
        )


def _relation(name: str, collection_id: str, **options: Any) -> dict[str, Any]:
    relation = {"name": name, "type": "relation", "collectionId": collection_id, "maxSelect": 1}
    return {**relation, "cascadeDelete": True, **options}


def _made(session: Session, name: str, fields: list[dict[str, Any]], **options: Any) -> str:
    rules = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
    body = {"name": name, "type": "base", "fields": [*fields, *_DATES], **rules, **options}
    made = session.send("POST", "/api/collections", body)
    return str(made["id"])
