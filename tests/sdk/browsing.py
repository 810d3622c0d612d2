"""Pages in headless Chromium: an empty one, or one with the SDK in it on an origin that no server
is behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Page, Route, sync_playwright

from tests.machine import require
from tests.sdk import Node

FLAGS: Final = [
    "--no-sandbox",
    # the page plays one on the internet, its server is on this machine
    "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
]


@contextmanager
def a_page() -> Iterator[Page]:
    """An empty page in a browser of its own, for the length of a block."""
    program = require("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser.new_page(locale="en-US")
        finally:
            browser.close()


@contextmanager
def browsing(node: Node, url: str) -> Iterator[Page]:
    """The page at this address, for the length of a block."""
    sdk = (node.folder / "node_modules" / "pocketbase" / "dist" / "pocketbase.umd.js").read_text()

    def serve_app(route: Route) -> None:
        body = f"<!doctype html><title>Cards</title><script>{sdk}</script>"
        route.fulfill(content_type="text/html; charset=utf-8", body=body)

    with a_page() as opened:
        opened.route(url, serve_app)
        opened.goto(url)
        yield opened
