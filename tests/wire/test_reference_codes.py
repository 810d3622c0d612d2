"""Every error code of the reference is produced by a row here, or it is said why not."""

import ast
from pathlib import Path

import pytest

from tests.wire.reference_codes import CODES, UNREACHABLE, WAITING

BY_SECTION = [(section, code) for section, codes in CODES.items() for code in codes.split()]


def _texts(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    found = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in found if isinstance(text, str)}


@pytest.fixture(scope="module")
def wanted() -> set[str]:
    """Everything that some wire test writes as a text of its own: rows name their codes so."""
    return set().union(*(_texts(path) for path in Path(__file__).parent.glob("test_*.py")))


@pytest.mark.parametrize(("section", "code"), BY_SECTION)
def test_a_code_of_the_reference_is_answered_by_a_row(
    wanted: set[str], section: str, code: str
) -> None:
    reason = WAITING.get(code) or UNREACHABLE.get(code)
    if reason is None:
        assert code in wanted, f"no row of the wire tests has {code} ({section})"
    else:
        assert code not in wanted, f"a row has {code} ({section}), so do not except it: {reason}"


def test_only_codes_of_the_reference_are_excepted() -> None:
    assert {*WAITING, *UNREACHABLE} <= {code for _, code in BY_SECTION}
    assert WAITING.keys().isdisjoint(UNREACHABLE)
