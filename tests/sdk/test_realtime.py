"""The official SDK's realtime, as it is and with the add-on that resumes."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.group import POSTS
from tests.faults.test_kill import sign_up
from tests.sdk import Node
from tests.server import start

HERE = Path(__file__).parent
ADD_ON = HERE.parent.parent / "examples" / "resuming.mjs"


@pytest.mark.timeout(120)
def test_the_sdk_listens_and_comes_back(node: Node, tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    try:
        with node.talk(HERE / "realtime.mjs", server.url) as talk:
            assert talk.hear() == "kill"
            server.kill()
            server.log_path.unlink()
            server = start(tmp_path / "data", http=server.url.removeprefix("http://"))
            talk.say("started")
            assert talk.hear() == "ok"
        assert server.stop() == 0
    finally:
        server.stop()
        server.log_path.unlink()


@pytest.mark.timeout(120)
def test_the_add_on_is_told_what_it_has_missed(node: Node, tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    token, author = sign_up(server.url)

    def ask(method: str, path: str = "", caption: str = "") -> dict[str, Any]:
        body = {"author": author, "caption": caption, "visibility": "public"} if caption else None
        answer = httpx.request(
            method, server.url + POSTS + path, json=body, headers={"authorization": token}
        )
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}

    try:
        with node.talk(HERE / "resuming.mjs", server.url, add_on=ADD_ON) as talk:
            assert talk.hear() == "listening"
            first = ask("POST", caption="a")["id"]
            talk.say("create a")
            assert talk.hear() == "told"
            address = server.url.removeprefix("http://")
            server.kill()
            server.log_path.unlink()
            server = start(tmp_path / "data", http="127.0.0.1:0")  # where nobody listens
            ask("PATCH", f"/{first}", caption="b")
            ask("PATCH", f"/{first}", caption="c")
            second = ask("POST", caption="d")["id"]
            server.stop()
            server.log_path.unlink()
            server = start(tmp_path / "data", http=address)
            talk.say("create a,update c,create d")
            assert talk.hear() == "told"
            ask("DELETE", f"/{second}")
            talk.say("create a,update c,create d,delete d")
            assert talk.hear() == "told"
        assert server.stop() == 0
    finally:
        server.stop()
        server.log_path.unlink()
