"""What the how-to pages print as JavaScript does what they say, with the official SDK."""

import json
import re
from pathlib import Path

from tests.sdk import Node
from tests.server import run, serve
from tests.wire.world import PASSWORD, ROOT

SCRIPT = Path(__file__).parent / "how_to.mjs"
PAGES = Path(__file__).parent.parent.parent / "docs" / "how-to"
BLOCK = re.compile(r"^```js\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELSEWHERE = {
    "passkeys": "test_passkeys runs them in a browser",
}
NOT_HERE = {
    "authWithOAuth2({": "opens a window: test_oauth2",
    "smtp.example.com": "no server of mails is there",
    "s3.example.com": "no bucket is there: tests/wire/test_files_in_buckets",
    "import {": "is a module: test_realtime runs it",
    "import * as tus": "is a module: test_resumable runs the like",
    "presign-upload": "no bucket is there: tests/wire/test_files_in_buckets",
    "backups.restore": "takes everything back to what it was: test_backups",
    "backups: {": "no bucket is there: tests/wire/test_backups_in_buckets",
}
"""What stands in blocks that cannot be run, and why not."""


def printed() -> dict[str, list[str]]:
    """The blocks to run, by page."""
    found = {path.stem: BLOCK.findall(path.read_text()) for path in sorted(PAGES.glob("*.md"))}
    runnable = {
        page: [block for block in blocks if not any(text in block for text in NOT_HERE)]
        for page, blocks in found.items()
        if page not in ELSEWHERE
    }
    return {page: blocks for page, blocks in runnable.items() if blocks}


def test_the_scripts_of_the_pages_work_as_printed(node: Node, tmp_path: Path) -> None:
    made = run("superuser", "create", ROOT, PASSWORD, "--data", str(tmp_path))
    assert made.returncode == 0, made.stderr
    pages = printed()
    assert sum(map(len, pages.values())) > 25
    (tmp_path / "mails").mkdir(exist_ok=True)
    with serve(tmp_path) as server:
        mails = str(tmp_path / "mails")
        with node.talk(SCRIPT, server.url, ROOT, PASSWORD, mails, json.dumps(pages)) as script:
            failed = json.loads(script.hear())
    assert not failed, "\n\n".join(failed)


def test_nothing_is_left_out_that_could_be_run() -> None:
    text = "\n".join(path.read_text() for path in PAGES.glob("*.md"))
    assert all(each in text for each in NOT_HERE)
    assert all((PAGES / f"{page}.md").is_file() for page in ELSEWHERE)
