"""Files and functions stay small enough to be read in one go.

A file or function that is clearer long may be listed with its reason.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
LONG_FOR_A_REASON = {
    "tests/unit/engine/provider_shapes.py": "one table of what providers tell, each in its shape",
    "tests/unit/rules/cases.py": "one table of cases, which both back ends of the rules share",
}
"""`path` or `path:function` to the reason."""

FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("src", "tests", "bench", "docs", "requirements")
    for path in (ROOT / folder).rglob("*.py")
)


def test_no_file_and_no_function_is_too_long() -> None:
    assert not [each for name in FILES for each in _too_long(name)]


def _too_long(name: str) -> Iterator[str]:
    text = (ROOT / name).read_text()
    lines = text.count("\n")
    if lines > FILE_LINES_MAX and name not in LONG_FOR_A_REASON:
        yield f"{name} has {lines} lines"
    for function, length in _functions(ast.parse(text)):
        if length > FUNCTION_LINES_MAX and f"{name}:{function}" not in LONG_FOR_A_REASON:
            yield f"{name}: {function} has {length} lines"


def test_exceptions_still_exist() -> None:
    for name in LONG_FOR_A_REASON:
        assert (ROOT / name.partition(":")[0]).is_file(), f"{name} is gone; remove its exception"


def test_every_module_says_what_it_is_for() -> None:
    modules = [name for name in FILES if name.startswith("src/")]
    assert not [name for name in modules if not ast.get_docstring(_tree(name))]


def _tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text())


def _functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1
