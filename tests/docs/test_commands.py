"""Every command in a block marked `sh` is run as printed, in a folder of its own.

What differs from what a reader does: the data folder is a temporary one, the port is a free one,
demo data is as little as can be, and `make run` is only planned, because its server is the one that
the test starts. Each command is once the installed program; on further pages it is born in the
nursery of `tests.server`.
"""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from holobase.runtime.settings import Settings
from tests.moving.everything import make as make_pb_data
from tests.replay import assert_replays
from tests.server import run, serve

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRINTED_ADDRESS = "127.0.0.1:8090"
SERVE = re.compile(r"^holobase serve\b(.*)$")


def commands(page: Path) -> list[str]:
    text = "\n".join(BLOCK.findall(page.read_text())).replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


TRANSLATIONS = {"README.ko.md": "README.md"}
PAGES = [
    path.relative_to(ROOT).as_posix()
    for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    if commands(path) and path.name not in TRANSLATIONS
]


HOLOBASE = {"holobase", ".venv/bin/holobase"}


def first_pages() -> dict[tuple[str, ...], str]:
    """Each command of the program without its arguments, and the first page that prints it."""
    found: dict[tuple[str, ...], str] = {}
    for page in PAGES:
        for words in map(shlex.split, commands(ROOT / page)):
            if words[0] in HOLOBASE:
                found.setdefault(tuple(words[1:3]), page)
    return found


INSTALLED = first_pages()


@pytest.mark.parametrize("name", TRANSLATIONS)
def test_a_translation_prints_the_same_commands(name: str) -> None:
    assert commands(ROOT / name) == commands(ROOT / TRANSLATIONS[name])


@pytest.mark.timeout(300)  # demo data takes a while
@pytest.mark.parametrize("name", PAGES)
def test_commands_work_as_printed(name: str, tmp_path: Path) -> None:
    lines = commands(ROOT / name)
    if any("pb_data" in line for line in lines):
        make_pb_data(tmp_path / "pb_data")
    options = _serve_options(lines)
    with serve(tmp_path / "hb_data", *options, installed=bool(options)) as server:
        for line in lines:
            if not SERVE.match(line):
                there = line.replace(PRINTED_ADDRESS, server.url.removeprefix("http://"))
                words = shlex.split(there.replace("seed --scale 2", "seed --scale 1"))
                done = _run(words, tmp_path, name)
                assert done.returncode == 0, f"$ {line}\n{done.stdout}{done.stderr}"
    assert_replays(Settings(data=tmp_path / "hb_data"))


def _serve_options(lines: list[str]) -> list[str]:
    """The options of the page's `holobase serve`, but for those the test sets itself."""
    for line in lines:
        if found := SERVE.match(line):
            return shlex.split(found[1].replace("--data hb_data", ""))
    return []


def _run(words: list[str], folder: Path, page: str) -> subprocess.CompletedProcess[str]:
    if words[0] in HOLOBASE:
        installed = INSTALLED[tuple(words[1:3])] == page
        return run(*words[1:], folder=folder, timeout=100, installed=installed)
    if words[0] == "make":
        folder = ROOT
        words = ["make", "-n", *words[1:]] if len(words) > 1 else words
    else:
        assert words[0] == "curl", f"nobody checks this command: {words}"
    clean = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(
        words, cwd=folder, env=clean, capture_output=True, text=True, timeout=100, check=False
    )
