"""Passkeys in a real browser, with a device that Chromium plays: the steps of the how-to page, as
printed there, in a page of the site.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from tests.sdk import Node
from tests.sdk.browsing import browsing
from tests.server import Server, run

HOW_TO = Path(__file__).parent.parent.parent / "docs" / "how-to" / "passkeys.md"
SAY_WHERE, MAKE, LOG_IN, LIST = re.findall(r"^```js\n(.*?)^```$", HOW_TO.read_text(), re.M | re.S)
PRINTED, SITE = "https://cards.example", "http://localhost:5173"
ROOT, PASSWORD = "passkeys@example.com", "a long enough password"
DEVICE = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""What a laptop with a fingerprint reader can do."""


CLIENTS = """([url, token]) => {
  window.pb = new PocketBase(url);
  window.root = new PocketBase(url); // all clients of a page have one store of tokens
  window.root.beforeSend = (url, options) => {
    options.headers.Authorization = token;
    return { url, options };
  };
}"""


@pytest.fixture(scope="module")
def root_token(server: Server) -> str:
    """A superuser's token."""
    made = run("superuser", "upsert", ROOT, PASSWORD, *server.options[:2], store=server.store)
    assert made.returncode == 0, made.stderr
    path = f"{server.url}/api/collections/_superusers/auth-with-password"
    answer = httpx.post(path, json={"identity": ROOT, "password": PASSWORD}, timeout=20)
    return str(answer.json()["token"])


def in_page(page: Page, code: str, result: str = "null") -> Any:
    """Runs lines of the how-to page, as `pb` and `root` know who acts."""
    return page.evaluate(f"async () => {{ {code}; return {result}; }}")


@pytest.fixture
def page(node: Node, server: Server, root_token: str) -> Iterator[Page]:
    """A page of the site, with a device at hand. `root` is a superuser, `pb` nobody yet."""
    with browsing(node, f"{SITE}/") as opened:
        devices = opened.context.new_cdp_session(opened)
        devices.send("WebAuthn.enable")
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        opened.evaluate(CLIENTS, [server.url, root_token])
        before = in_page(opened, "", "await root.settings.getAll()")
        in_page(opened, SAY_WHERE.replace(PRINTED, SITE))
        yield opened
        opened.evaluate("(meta) => root.settings.update({ meta })", before["meta"])


def joined(page: Page, collection: str, name: str) -> None:
    """Somebody signs up and logs in."""
    person = {"email": f"{name}@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD}
    page.evaluate(
        """async ([collection, person]) => {
          await root.collection(collection).create(person);
          await pb.collection(collection).authWithPassword(person.email, person.password);
        }""",
        [collection, person],
    )


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # a browser tells no store
def test_a_passkey_is_made_and_logs_in_and_is_one_of_mine(page: Page) -> None:
    joined(page, "users", "finger")
    in_page(page, MAKE)
    in_page(page, "pb.authStore.clear()")
    assert in_page(page, LOG_IN, "record.email") == "finger@example.com"
    assert in_page(page, "", "pb.authStore.isValid")
    sessions = in_page(page, "", "await pb.send('/api/sessions', {})")["items"]
    assert sessions[0]["method"] == "passkey" and "HeadlessChrome" in sessions[0]["device"]
    [mine] = in_page(page, LIST, "mine")
    assert mine["name"] == "My phone" and mine["lastUsed"]
    in_page(page, "pb.authStore.clear()")
    refused = in_page(
        page, f"let status; try {{ {LOG_IN} }} catch (e) {{ status = e.status }}", "status"
    )
    assert refused == 400, "a device keeps what was deleted here; it is good for nothing any more"


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # a browser tells no store
def test_a_passkey_is_a_second_step(page: Page, server: Server) -> None:
    in_page(
        page,
        "await root.collections.create({ name: 'two_steppers', type: 'auth',"
        " otp: { enabled: true } })",
    )
    joined(page, "two_steppers", "both")
    make, enter = (each.replace("users", "two_steppers") for each in (MAKE, LOG_IN))
    in_page(page, make)
    in_page(page, "await root.collections.update('two_steppers', { mfa: { enabled: true } })")
    in_page(page, "pb.authStore.clear()")
    first = httpx.post(
        f"{server.url}/api/collections/two_steppers/auth-with-password",
        json={"identity": "both@example.com", "password": PASSWORD},
        timeout=20,
    )
    assert first.status_code == 401
    second = enter.replace("auth-with-passkey", f"auth-with-passkey?mfaId={first.json()['mfaId']}")
    assert in_page(page, second, "record.email") == "both@example.com"
