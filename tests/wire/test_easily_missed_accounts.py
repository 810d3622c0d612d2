"""What is easily missed of accounts in the reference, by its number there, and the tests that
answer it: codes, second steps, mailed links, and what ends tokens.

`module: sentence` is a row of that module, `module.test_…` a test of it.
"""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

HERE = Path(__file__).parent

ANSWERED: Final[Mapping[int, tuple[str, ...]]] = {
    7: ("test_token_ends.test_no_old_token_works", "test_codes.test_a_new_password_ends_the_codes"),
    8: (
        "test_token_ends.test_no_old_token_works",
        "test_mailed_links.test_a_link_to_the_new_address_makes_it_the_accounts",
    ),
    9: (
        "test_mailed_links.test_confirming_unlinks_what_was_linked_before",
        "test_system_collections.test_verifying_an_account_with_links_ends_all_tokens",
        "test_system_collections.test_verifying_an_account_without_links_ends_no_token",
    ),
    12: ("test_second_step.test_one_proof_is_answered_with_an_id_and_nothing_else",),
    13: ("test_second_step.test_a_second_proof_lets_in_once",),
    14: (
        "test_second_step.test_a_second_proof_of_the_same_kind_is_none",
        "test_codes.test_a_code_and_a_password_are_two_steps",
        "test_codes.test_a_password_and_a_code_are_two_steps",
    ),
    15: (
        "test_codes.test_a_code_that_arrived_confirms_the_address_and_ends_what_was_before",
        "test_codes.test_a_code_and_a_password_are_two_steps",
        "test_codes.test_whoever_may_not_log_in_has_spent_the_code",
    ),
    16: ("test_codes.test_five_codes_can_be_tried",),
    17: (
        "test_codes.test_a_code_for_nobody_is_none",
        "test_flow_refusals: a code for nobody has an id",
        "test_flow_refusals: a reset for nobody",
        "test_flow_refusals: a link for nobody",
    ),
    18: ("test_codes.test_the_eleventh_code_is_the_tenth_under_another_id",),
    19: ("test_codes.test_a_code_that_was_not_mailed_confirms_nothing",),
    23: (
        "test_system_collections.test_a_refresh_is_from_no_new_place",
        "test_mailed_links.test_a_login_from_a_new_place_is_told",
    ),
}


def _told(module: str) -> set[str]:
    tree = ast.parse((HERE / f"{module}.py").read_text())
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return texts | {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    "answer", sorted({each for answers in ANSWERED.values() for each in answers})
)
def test_an_answer_is_there(answer: str) -> None:
    module, _, name = answer.partition(": ") if ": " in answer else answer.partition(".")
    assert name in _told(module), answer
