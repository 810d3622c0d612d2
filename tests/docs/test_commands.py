"""Every command in a block marked `sh` is run as printed, in a folder of its own.

Only three things differ from what a reader does: the data folder is a temporary one, the port is
a free one, and `make run` is only planned, because its server is the one that the test starts.
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
from tests.server import PROGRAM, serve

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


@pytest.mark.parametrize("name", TRANSLATIONS)
def test_a_translation_prints_the_same_commands(name: str) -> None:
    assert commands(ROOT / name) == commands(ROOT / TRANSLATIONS[name])


@pytest.mark.parametrize("name", PAGES)
def test_commands_work_as_printed(name: str, tmp_path: Path) -> None:
    lines = commands(ROOT / name)
    if any("pb_data" in line for line in lines):
        make_pb_data(tmp_path / "pb_data")
    with serve(tmp_path / "hb_data", *_serve_options(lines)) as server:
        for line in lines:
            if not SERVE.match(line):
                _run(line, tmp_path, server.url.removeprefix("http://"))
    assert_replays(Settings(data=tmp_path / "hb_data"))


def _serve_options(lines: list[str]) -> list[str]:
    """The options of the page's `holobase serve`, but for those the test sets itself."""
    for line in lines:
        if found := SERVE.match(line):
            return shlex.split(found[1].replace("--data hb_data", ""))
    return []


def _run(line: str, folder: Path, address: str) -> None:
    words = shlex.split(line.replace(PRINTED_ADDRESS, address))
    where = folder
    if words[0] in {"holobase", ".venv/bin/holobase"}:
        words[0] = str(PROGRAM)
    elif words[0] == "make":
        where = ROOT
        words = ["make", "-n", *words[1:]] if len(words) > 1 else words
    else:
        assert words[0] == "curl", f"nobody checks this command: {line}"
    clean = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(
        words, cwd=where, env=clean, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, f"$ {line}\n{done.stdout}{done.stderr}"
