"""What is easily missed in the reference, by its number there, and the tests that answer it.

`module: sentence` is a row of that module or an expression of the cases of rules, `module.test_…`
a test of it.
"""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

TESTS = Path(__file__).parents[1]
ENTRIES: Final = 40

ANSWERED: Final[Mapping[int, tuple[str, ...]]] = {
    1: (
        "test_plain_collections.test_a_rule_gives_each_caller_the_status_of_its_action",
        "test_plain_collections.test_a_refused_create_says_nothing_of_the_rule",
        "test_errors.test_a_rule_that_fails_looks_like_a_missing_record",
    ),
    2: ("test_create: a user creates their own", "test_delete: its owner deletes a card"),
    3: ("test_headers: a trailing slash", "test_update: PUT is no way to change"),
    4: (
        "test_list: a garbage token is a guest's",
        "test_tokens.test_a_bad_token_is_nobodys",
    ),
    5: (
        "test_errors.test_a_refusal_has_one_shape",
        "test_errors.test_an_error_of_a_field_has_sorted_keys_and_its_numbers",
    ),
    6: ("test_plain_collections.test_keys_of_records_are_in_the_order_of_their_bytes",),
    7: (
        "test_plain_collections.test_keys_of_records_are_in_the_order_of_their_bytes",
        "test_fields: nothing is escaped",
    ),
    8: ("test_list: totals can be skipped",),
    9: ("test_list: a page has a thousand at most", "test_list: a page is a number"),
    10: (
        "test_list: a collection is found without regard to case",
        "test_plain_collections.test_the_id_of_a_collection_is_taken_to_the_letter",
    ),
    11: ("test_list: not even in a text",),
    12: (
        "test_plain_collections."
        "test_a_filter_across_a_relation_needs_and_keeps_the_list_rule_there",
        "test_list: a closed collection cannot be joined",
    ),
    13: (
        "test_list: who hides it cannot be found by it",
        "test_list: nor by not having it",
    ),
    14: (
        "cases: title = null",
        "cases: meta.a = null",
        "cases: meta.a = ''",
        "cases: score = null",
        "cases: active = ''",
    ),
    15: ("cases: author.name != 'Ann'", "cases: author.name !~ 'a'"),
    16: ("cases: editors.name = 'Ann'", "cases: editors.name != 'Ann'"),
    17: (
        "cases: editors.name ?= 'Ann' && editors.age ?= 0",
        "cases: comments_via_post.text ?= 'one' && comments_via_post.likes ?= 2",
    ),
    18: ("cases: editors = '[\"u1\"]'", "cases: editors ~ 'u1'", "cases: editors:each = 'u1'"),
    19: (
        "test_text.test_a_value_without_a_wildcard_becomes_a_contains_pattern",
        "cases: title ~ 'h_llo'",
        "cases: title ~ 'h_llo%'",
    ),
    20: ("cases: title = 5",),
    21: ("test_text.test_and_binds_tighter_than_or", "test_text.test_a_text_is_unescaped"),
    22: (
        "cases: @request.body.nope = null",
        "test_list: an unknown field cannot be filtered by",
    ),
    23: ("test_plain_collections.test_what_is_hidden_was_not_sent_for_the_rules",),
    24: (
        "test_plain_collections.test_an_update_rule_sees_the_stored_record",
        "test_plain_collections.test_nothing_has_changed_on_create",
        "test_other_collections.test_nobody_is_verified_before_they_exist",
    ),
    25: ("test_plain_collections.test_rules_see_the_sum_that_a_modifier_makes",),
    26: (
        "test_create: the query's values are taken along",
        "test_plain_collections.test_a_form_takes_the_query_along_and_a_payload_as_it_is",
    ),
    27: (
        "test_create: what is not a number's shortest spelling stays a text",
        "test_plain_collections.test_a_form_takes_the_query_along_and_a_payload_as_it_is",
    ),
    28: (
        "test_fields: zero passes every bound",
        "test_plain_collections.test_an_empty_value_is_under_no_minimum",
    ),
    29: ("test_plain_collections.test_a_text_that_is_json_is_kept_as_what_it_says",),
    30: (
        "test_fields: the last of several is taken",
        "test_fields: a list of relations loses duplicates and empties, and keeps its order",
    ),
    31: (
        "test_files_sent."
        "test_sent_under_the_plain_name_files_replace_those_that_are_not_named_again",
    ),
    32: (
        "test_plain_collections.test_times_of_a_record_cannot_be_sent_by_anybody",
        "test_fields.test_times_are_the_servers",
    ),
    33: ("test_accounts: nor may they take a password away",),
    34: ("test_accounts: what is wrong with the account hides the rest",),
    35: (
        "test_tokens.test_a_new_address_ends_the_tokens_too",
        "test_accounts.test_a_new_password_is_answered_to_its_owner_and_ends_the_tokens",
        "test_collection_changes.test_options_are_merged_and_a_new_auth_rule_ends_all_tokens",
    ),
    36: (
        "test_plain_collections.test_a_record_goes_with_the_last_of_those_it_hangs_on",
        "test_plain_collections.test_the_last_of_what_must_be_there_stays",
    ),
    37: ("test_create: a second one of a pair is refused by both names",),
    38: (
        "test_collection_changes."
        "test_a_field_that_is_left_out_is_gone_and_one_of_its_name_is_another",
        "test_collection_changes.test_options_are_merged_and_a_new_auth_rule_ends_all_tokens",
    ),
    39: (
        "test_expand: a relation to nothing is an empty expand",
        "test_expand: what makes no sense is left out",
        "test_plain_collections.test_an_expand_asks_the_view_rule_and_not_the_list_rule",
    ),
    40: (
        "test_batch.test_all_items_run_as_who_sent_the_batch",
        "test_batch: the first failure is told alone, and takes everything back",
        "test_batch.test_an_upsert_is_asked_by_the_rule_of_what_it_does",
        "test_batch: every write is answered in its place",
    ),
}

WAITING: Final[Mapping[int, str]] = {}
"""Entries about what is not built yet."""


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
def test_what_is_easily_missed_is_tried(number: int) -> None:
    assert (number in WAITING) is not (number in ANSWERED)
    for named in ANSWERED.get(number, ()):
        module, colon, sentence = named.partition(": ")
        if not colon:
            module, _, sentence = named.partition(".")
        told = [_told(path) for path in TESTS.rglob(f"{module}.py")]
        assert any(sentence in each for each in told), f"{module} has no {sentence}"


def _told(path: Path) -> set[str]:
    """The names of the tests of a module and all texts in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found
