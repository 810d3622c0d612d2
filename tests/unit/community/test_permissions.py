"""Permissions are one table, and everything that asks for a permission asks for one of it."""

import re

import pytest

from holobase.community.identity.permissions import ADMIN, MEMBER, PERMISSIONS, ROLES
from holobase.community.product import DECLARATIONS


def test_permissions_are_named_area_and_action() -> None:
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+", name) for name in PERMISSIONS)
    assert all(PERMISSIONS.values())
    assert list(PERMISSIONS) == sorted(PERMISSIONS)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_roles_hold_known_permissions_only(role) -> None:  # type: ignore[no-untyped-def]
    assert set(role.permissions) <= set(PERMISSIONS)


def test_members_may_nothing_special_and_admins_everything() -> None:
    assert MEMBER.permissions == ()
    assert set(ADMIN.permissions) == set(PERMISSIONS)


def test_rules_ask_for_known_permissions_only() -> None:
    asked = set()
    for declaration in DECLARATIONS:
        c = declaration.collection
        for rule in (c.list_rule, c.view_rule, c.create_rule, c.update_rule, c.delete_rule):
            asked |= set(re.findall(r'permissions:each \?= "([^"]+)"', rule or ""))
    assert asked
    assert asked <= set(PERMISSIONS)


def test_server_fields_name_known_permissions_only() -> None:
    named = {
        declared.server
        for declaration in DECLARATIONS
        for declared in declaration.fields.values()
        if declared.server
    }
    assert named <= set(PERMISSIONS)
