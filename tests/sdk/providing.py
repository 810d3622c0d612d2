"""A real OpenID provider for tests: the npm package `oidc-provider`, run with the SDK's Node."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.sdk import NODE, Node

SCRIPT = Path(__file__).parent / "provider.mjs"
CLIENT_ID, CLIENT_SECRET = "holobase tests", "a secret+with%signs"
STOP_SECONDS = 10


@dataclass(frozen=True)
class RunningProvider:
    """Where it is, and how a collection names it."""

    url: str

    def config(self, name: str = "oidc", **more: Any) -> dict[str, Any]:
        """The provider, told by one address. What is not sent would stay as it was before."""
        return {
            **dict.fromkeys(("authURL", "tokenURL", "userInfoURL"), ""),
            "pkce": None,
            "name": name,
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "extra": {"discoveryURL": self.url},
            **more,
        }

    def by_urls(self, name: str = "oidc", **more: Any) -> dict[str, Any]:
        """The provider, told address by address; its id_token tells of people."""
        urls = {"authURL": f"{self.url}/auth", "tokenURL": f"{self.url}/token"}
        trust = {"issuers": [self.url], "jwksURL": f"{self.url}/jwks"}
        return self.config(name, extra=trust, **urls, **more)

    def log_in(self, url: str, person: str) -> str:
        """Somebody follows the address and says who they are; where they are sent back to."""
        with httpx.Client(timeout=20) as browser:
            answer = browser.get(url)
            for _ in range(10):
                if answer.next_request is None:
                    form = {"prompt": "login", "login": person, "password": "any"}
                    answer = browser.post(answer.url, data=form)
                elif not str(answer.next_request.url).startswith(self.url):
                    return str(answer.next_request.url)
                else:
                    answer = browser.send(answer.next_request)
        raise AssertionError(f"the provider sent nobody back: {answer.status_code} {answer.text}")


@contextmanager
def providing(node: Node, *redirects: str, behind_seconds: int = 0) -> Iterator[RunningProvider]:
    """A provider for the length of a block, which sends people back to these addresses alone. Its
    clock may be behind."""
    placed = node.folder / SCRIPT.name
    shutil.copyfile(SCRIPT, placed)  # Node looks for packages beside the file it runs
    process = subprocess.Popen(
        [str(NODE), str(placed), str(behind_seconds), CLIENT_ID, CLIENT_SECRET, *redirects],
        cwd=node.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "the provider did not start"
        yield RunningProvider(url)
    finally:
        process.communicate(timeout=STOP_SECONDS)  # it leaves when nobody writes any more
