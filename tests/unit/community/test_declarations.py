"""The declarations fit together: everything they name exists, everything they say can be done."""

import re

import pytest

from holobase.community.product import DECLARATIONS, REACTIONS, SERVICES
from holobase.domain.collection import Schema
from holobase.domain.declaration import Declaration
from holobase.domain.derived import Computed, Count, Sum
from holobase.domain.event import RECORD_KINDS
from holobase.domain.fields import JsonField, NumberField, RelationField
from holobase.engine.catalogue import Catalogue
from holobase.engine.derive import Derivation
from holobase.engine.reactions import ACCOUNTS
from holobase.rules import Access, compile_expression

SCHEMA = Schema(tuple(declaration.collection for declaration in DECLARATIONS))
BY_NAME = {declaration.name: declaration for declaration in DECLARATIONS}
USERS = BY_NAME["users"].collection

every_declaration = pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda d: d.name)


def test_the_product_has_the_collections_of_the_community() -> None:
    assert set(BY_NAME) == {
        "users",
        "_superusers",
        "_externalAuths",
        "_mfas",
        "_otps",
        "_authOrigins",
        "_sessions",
        "_passkeys",
        "unified_users",
        "roles",
        "kbo_teams",
        "fan_levels",
        "fan_point_grants",
        "unified_cards",
        "collections",
        "tags",
        "card_ratings",
        "card_downloads",
        "collection_items",
        "templates",
        "template_categories",
        "template_versions",
        "template_downloads",
        "reviews",
        "review_votes",
        "purchases",
        "ledger_entries",
        "payouts",
        "community_posts",
        "comments",
        "likes",
        "bookmarks",
        "shares",
        "follows",
        "blocks",
        "feed_items",
        "notifications",
        "notification_settings",
        "reports",
        "moderation_actions",
    }
    assert len(BY_NAME) == len(DECLARATIONS)
    assert {declaration.owner for declaration in DECLARATIONS} == {
        service.name for service in SERVICES
    }


def test_ids_of_collections_and_names_of_indexes_are_unique() -> None:
    ids = [declaration.collection.id for declaration in DECLARATIONS]
    names = [
        re.search(r"INDEX `(\w+)`", index)[1]  # type: ignore[index]
        for declaration in DECLARATIONS
        for index in declaration.collection.indexes
    ]
    assert len(set(ids)) == len(ids)
    assert len(set(names)) == len(names)


@every_declaration
def test_fields_are_named_and_numbered_once(declaration: Declaration) -> None:
    fields = declaration.collection.fields
    assert len({field.name for field in fields}) == len(fields)
    assert len({field.id for field in fields}) == len(fields)


@every_declaration
def test_relations_point_to_collections_declared_before_or_to_themselves(
    declaration: Declaration,
) -> None:
    order = [other.collection.id for other in DECLARATIONS]
    position = order.index(declaration.collection.id)
    for relation in declaration.collection.relations:
        assert relation.collection_id in order[: position + 1]


@every_declaration
def test_index_columns_exist(declaration: Declaration) -> None:
    for index in declaration.collection.indexes:
        columns = index[index.index("(") :]
        for column in re.findall(r"`(\w+)`", columns):
            assert column in declaration.collection.field_by_name


@every_declaration
def test_single_relations_lead_an_index_for_when_their_target_goes(
    declaration: Declaration,
) -> None:
    leading = {
        re.search(r"\(`(\w+)`", index)[1]  # type: ignore[index]
        for index in declaration.collection.indexes
        if " WHERE " not in index
    }
    for relation in declaration.collection.relations:
        assert relation.is_multiple or relation.name in leading


@every_declaration
def test_what_counters_look_sources_up_by_is_indexed(declaration: Declaration) -> None:
    for declared in declaration.fields.values():
        if isinstance(declared.derived, Count) and declared.derived.key != "id":
            source = BY_NAME[declared.derived.of].collection
            by = source.field_by_name[declared.derived.by]
            if not isinstance(by, JsonField):
                assert any(f"(`{by.name}`" in index for index in source.indexes)


@every_declaration
def test_defaults_are_valid_values(declaration: Declaration) -> None:
    for declared in declaration.fields.values():
        if declared.default is not None:
            assert declared.field.normalise(declared.default) == declared.default
            assert declared.field.validate(declared.default) is None


@every_declaration
def test_rules_compile_for_guests_and_for_users(declaration: Declaration) -> None:
    collection = declaration.collection
    rules = [
        collection.list_rule,
        collection.view_rule,
        collection.create_rule,
        collection.update_rule,
        collection.delete_rule,
        collection.auth.auth_rule if collection.auth else None,
    ]
    for rule in filter(None, rules):
        compile_expression(rule, collection, SCHEMA, Access.RULE, None)
        compile_expression(rule, collection, SCHEMA, Access.RULE, USERS)


@every_declaration
def test_counters_count_what_exists(declaration: Declaration) -> None:
    for declared in declaration.fields.values():
        spec = declared.derived
        if not isinstance(spec, Count):
            continue
        source = BY_NAME[spec.of].collection.field_by_name
        assert isinstance(declared.field, NumberField)
        assert spec.key in declaration.collection.field_by_name
        if spec.items is None and spec.by != "pair":
            relation = source[spec.by]
            assert isinstance(relation, RelationField)
            if spec.key == "id":
                assert relation.collection_id == declaration.collection.id
        if isinstance(spec, Sum):
            assert isinstance(source[spec.value], NumberField)


@every_declaration
def test_keys_of_counters_are_unique_and_indexed(declaration: Declaration) -> None:
    pairs = {"reviews": "template, user"}  # a pair is as unique as its two halves
    for declared in declaration.fields.values():
        if isinstance(declared.derived, Count) and declared.derived.key != "id":
            unique = f"(`{declared.derived.key}`)"
            if declared.derived.key == "pair":
                assert any(
                    f"(`{declared.derived.key}`)" in i for i in declaration.collection.indexes
                )
                halves = ", ".join(f"`{half}`" for half in pairs[declaration.name].split(", "))
                unique = f"({halves})"
            assert any("UNIQUE" in i and i.endswith(unique) for i in declaration.collection.indexes)


@every_declaration
def test_conditions_and_keys_work_on_a_record_of_zeros(declaration: Declaration) -> None:
    zeros = {field.name: field.zero for field in declaration.collection.fields}
    for other in DECLARATIONS:
        for declared in other.fields.values():
            if isinstance(declared.derived, Count) and declared.derived.of == declaration.name:
                assert declared.derived.keys(zeros) == []


@every_declaration
def test_computed_fields_of_a_record_of_zeros_are_valid(declaration: Declaration) -> None:
    zeros = {field.name: field.zero for field in declaration.collection.fields}
    for declared in declaration.fields.values():
        if isinstance(declared.derived, Computed):
            value = declared.field.normalise(declared.derived.of(zeros))
            assert declared.field.validate(value) is None


def test_counters_can_be_settled_in_an_order() -> None:
    assert Derivation(Catalogue(DECLARATIONS)).counters


def test_nothing_is_both_derived_and_set() -> None:
    for declaration in DECLARATIONS:
        for declared in declaration.fields.values():
            assert declared.derived is None or declared.server is None


def test_reactions_wait_for_events_that_happen() -> None:
    for reaction in REACTIONS:
        for kind in reaction.on:
            collection, _, verb = kind.rpartition(".")
            assert collection in {*BY_NAME, ACCOUNTS}
            assert verb in RECORD_KINDS


def test_a_user_is_found_by_email_and_by_username() -> None:
    assert USERS.auth is not None
    assert USERS.auth.password_auth.identity_fields == ("email", "username")
    assert any("UNIQUE" in i and i.endswith("(`username`)") for i in USERS.indexes)
