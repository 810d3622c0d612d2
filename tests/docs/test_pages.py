"""The pages: links lead somewhere, printed programs are the real ones, made pages are fresh."""

import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in chain(
        ROOT.glob("*.md"), *((ROOT / folder).rglob("*.md") for folder in ("docs", "bench", "src"))
    )
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    kept = (re.sub(r"[^\w\- ]", "", title.lower()) for title in HEADING.findall(page.read_text()))
    return {title.strip().replace(" ", "-") for title in kept}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    for link in LINK.findall(page.read_text()):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), f"{name} links to {link}"
        assert not anchor or anchor in anchors(target), f"{name} links to {link}"


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("docs/")])
def test_a_page_is_linked_from_somewhere(name: str) -> None:
    target = (ROOT / name).resolve()
    for other in PAGES:
        page = ROOT / other
        for link in LINK.findall(page.read_text()):
            where = (page.parent / link.partition("#")[0]).resolve()
            if page.resolve() != target and where in {target, target.parent}:
                return
    pytest.fail(f"nothing links to {name}")


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_the_readme_prints_the_example_that_is_tested(name: str) -> None:
    example = (ROOT / "examples" / "first_card.mjs").read_text()
    assert f"```js\n{example}```\n" in (ROOT / name).read_text()


def test_both_readmes_lead_to_the_same_places() -> None:
    english, korean = (
        [link for link in LINK.findall((ROOT / name).read_text()) if not link.startswith("README")]
        for name in ("README.md", "README.ko.md")
    )
    assert english == korean


def test_pages_made_from_the_code_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
