"""Logging in by a real OpenID provider: with the SDK in Node, in a browser's window, and with what
can be wrong between the two.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Page

from tests.sdk import Node
from tests.sdk.browsing import browsing
from tests.sdk.providing import RunningProvider, providing
from tests.server import Server, run
from tests.wire.rows import filled

HERE = Path(__file__).parent
BACK = "http://127.0.0.1:1/back"
APP = "http://cards.test/"
ROOT, PASSWORD = "oauth2@example.com", "a long enough password"


@pytest.fixture(scope="module")
def provider(node: Node, server: Server) -> Iterator[RunningProvider]:
    with providing(node, BACK, f"{server.url}/api/oauth2-redirect") as running:
        yield running


@dataclass
class Club:
    """A collection of accounts whose members log in by the provider."""

    server: Server
    name: str
    token: str

    def configure(self, *providers: dict[str, Any]) -> None:
        """Says by which."""
        answer = httpx.patch(
            f"{self.server.url}/api/collections/{self.name}",
            json={"oauth2": {"enabled": True, "providers": providers}},
            headers={"authorization": self.token},
            timeout=20,
        )
        assert answer.status_code == 200, answer.text

    def offer(self) -> dict[str, str]:
        """How members log in by the first provider."""
        path = f"{self.server.url}/api/collections/{self.name}/auth-methods"
        return dict(httpx.get(path, timeout=20).json()["oauth2"]["providers"][0])

    def enter(self, body: dict[str, str]) -> httpx.Response:
        """Logs in."""
        path = f"{self.server.url}/api/collections/{self.name}/auth-with-oauth2"
        return httpx.post(path, json={"provider": "oidc", "redirectURL": BACK, **body}, timeout=40)


@pytest.fixture(scope="module")
def club(server: Server) -> Club:
    made = run("superuser", "upsert", ROOT, PASSWORD, *server.options[:2], store=server.store)
    assert made.returncode == 0, made.stderr
    path = f"{server.url}/api/collections/_superusers/auth-with-password"
    told = httpx.post(path, json={"identity": ROOT, "password": PASSWORD}, timeout=20).json()
    name = "openid_members"
    answer = httpx.post(
        f"{server.url}/api/collections",
        json={
            "name": name,
            "type": "auth",
            "createRule": "",
            "fields": [{"name": "name", "type": "text"}],
        },
        headers={"authorization": told["token"]},
        timeout=20,
    )
    assert answer.status_code == 200, answer.text
    return Club(server, name, told["token"])


def brought(club: Club, provider: RunningProvider, person: str) -> dict[str, str]:
    """What a client brings back after somebody has logged in there."""
    offer = club.offer()
    told = parse_qs(urlsplit(provider.log_in(offer["authURL"] + BACK, person)).query)
    assert told["state"] == [offer["state"]]
    assert "code" in told, told
    return {"code": told["code"][0], "codeVerifier": offer["codeVerifier"]}


def test_the_sdk_logs_in_with_a_code(
    node: Node, server: Server, club: Club, provider: RunningProvider
) -> None:
    club.configure(provider.config(), provider.by_urls("oidc2"))
    assert node.run(HERE / "oauth2.mjs", server.url, club.name, BACK).strip() == "ok"


def test_an_id_token_alone_tells_of_a_person(club: Club, provider: RunningProvider) -> None:
    club.configure(provider.by_urls())
    answer = club.enter(brought(club, provider, "ann"))
    assert answer.status_code == 200, answer.text
    meta = answer.json()["meta"]
    assert (meta["id"], meta["email"], meta["username"]) == ("ann", "ann@example.com", "ann")
    assert meta["rawUser"]["iss"] == provider.url


WRONG: dict[str, dict[str, Any]] = {
    "an issuer that is somebody else": {"extra": {"issuers": ["https://other.example.com"]}},
    "keys that are somebody else's": {"extra": {"jwksURL": "{url}/.well-known/none"}},
    "a person who is not told of": {"userInfoURL": "{url}/none"},
    "a secret that is not ours": {"clientSecret": "another"},
    "a client that is not ours": {"clientId": "another"},
    "an address that is no token endpoint": {"tokenURL": "{url}/jwks"},
    "PKCE that is off": {"pkce": False},
}


@pytest.mark.parametrize("says", WRONG)
def test_nobody_gets_in_with(club: Club, provider: RunningProvider, says: str) -> None:
    club.configure(provider.by_urls())
    sent = brought(club, provider, "eve")
    club.configure({**provider.by_urls(), **filled(WRONG[says], {"url": provider.url})})
    refused = club.enter(sent)
    assert (refused.status_code, refused.json()["data"]) == (400, {})


@pytest.mark.parametrize(("behind_seconds", "status"), [(330, 200), (390, 400)])
def test_nobody_gets_in_with_a_token_that_is_over(
    node: Node, club: Club, behind_seconds: int, status: int
) -> None:
    with providing(node, BACK, behind_seconds=behind_seconds) as late:
        club.configure(late.by_urls())
        assert club.enter(brought(club, late, "late")).status_code == status


@pytest.mark.parametrize("part", ["code", "codeVerifier", "redirectURL"])
def test_nobody_gets_in_with_half_of_what_was_brought(
    club: Club, provider: RunningProvider, part: str
) -> None:
    club.configure(provider.config())
    sent = {**brought(club, provider, "eve"), part: "http://127.0.0.1:1/another"}
    refused = club.enter(sent)
    assert (refused.status_code, refused.json()["data"]) == (400, {})


@pytest.fixture
def page(node: Node) -> Iterator[Page]:
    """A page of an application on an origin of its own, with the SDK in it."""
    with browsing(node, APP) as opened:
        yield opened


POPUP = """async ([url, collection]) => {
  const pb = new PocketBase(url);
  const login = await pb.collection(collection).authWithOAuth2({ provider: "oidc" });
  return { email: login.record.email, isNew: login.meta.isNew, valid: pb.authStore.isValid };
}"""


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # a browser tells no store
def test_a_browser_logs_in_by_a_window_that_it_opens(
    page: Page, server: Server, club: Club, provider: RunningProvider
) -> None:
    club.configure(provider.config())
    with page.expect_popup() as opening:
        page.evaluate(
            f"([url, collection]) => {{ window.login = ({POPUP})([url, collection]) }}",
            [server.url, club.name],
        )
    window = opening.value
    window.fill("input[name=login]", "browser")
    window.fill("input[name=password]", "any")
    window.click("button[type=submit]")
    told = page.evaluate("window.login")
    assert told == {"email": "browser@example.com", "isNew": True, "valid": True}


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # a browser tells no store
def test_a_browser_learns_that_somebody_changed_their_mind(
    page: Page, server: Server, club: Club, provider: RunningProvider
) -> None:
    club.configure(provider.config())
    with page.expect_popup() as opening:
        page.evaluate(
            f"([url, collection]) => {{ window.login = ({POPUP})([url, collection])"
            ".then(() => 'in', (error) => String(error.originalError)) }",
            [server.url, club.name],
        )
    opening.value.click("text=Cancel")
    assert "access_denied" in page.evaluate("window.login")
