"""The page that mailed links lead to, in a browser: what people see, and what it does."""

import httpx
import pytest

from tests.mailbox import Mailbox
from tests.sdk.browsing import a_page
from tests.server import Server
from tests.wire.world import PASSWORD

USERS = "/api/collections/users"
NEW = "another long password"


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # a browser tells no store
def test_mailed_links_lead_to_a_page_that_does_what_they_say(server: Server) -> None:
    email, moved = "landing@example.com", "landed@example.com"
    mails = Mailbox(server.data)
    with httpx.Client(base_url=server.url + USERS, timeout=20) as client, a_page() as page:
        body = {"email": email, "password": PASSWORD, "passwordConfirm": PASSWORD}
        client.post("/records", json={**body, "locale": "en"}).raise_for_status()

        def follow(kind: str, token: str) -> None:
            page.goto(f"{server.url}/_/#/auth/confirm-{kind}/{token}")
            page.reload()

        def told(text: str) -> None:
            page.get_by_role("status").filter(has_text=text).wait_for()

        def log_in(identity: str, password: str) -> httpx.Response:
            return client.post(
                "/auth-with-password", json={"identity": identity, "password": password}
            )

        client.post("/request-verification", json={"email": email}).raise_for_status()
        follow("verification", mails.token(email))
        assert not log_in(email, PASSWORD).json()["record"]["verified"], "a look changes nothing"
        page.get_by_role("button", name="Confirm this address").click()
        told("Done")
        assert page.url == f"{server.url}/_/", "the token is not kept in the history"
        assert log_in(email, PASSWORD).json()["record"]["verified"]

        client.post("/request-password-reset", json={"email": email}).raise_for_status()
        follow("password-reset", mails.token(email, 2))
        page.get_by_label("New password").fill(NEW)
        page.get_by_label("Once more").fill("something else")
        page.get_by_role("button").click()
        told("The two are not the same.")
        page.get_by_label("Once more").fill(NEW)
        page.get_by_role("button").click()
        told("Done")
        token = log_in(email, NEW).json()["token"]

        headers = {"Authorization": token}
        asked = client.post("/request-email-change", json={"newEmail": moved}, headers=headers)
        asked.raise_for_status()
        follow("email-change", mails.token(moved))
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button").click()
        told("password")
        page.get_by_label("Your password").fill(NEW)
        page.get_by_role("button").click()
        told("Done")
        assert log_in(moved, NEW).status_code == 200

        follow("verification", "no.token.at-all")
        page.get_by_role("button").click()
        page.get_by_role("status").filter(has_not_text="Done").filter(has_text=".").wait_for()

        assert page.context.browser is not None
        korean = page.context.browser.new_page(locale="ko-KR")
        korean.goto(f"{server.url}/_/#/auth/confirm-password-reset/a.b.c")
        korean.get_by_label("새 비밀번호", exact=True).wait_for()
        assert korean.locator("html").get_attribute("lang") == "ko"
