"""A page in headless Chromium with the SDK in it, on an origin that no server is behind."""

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
def browsing(node: Node, url: str) -> Iterator[Page]:
    """The page at this address, for the length of a block."""
    sdk = (node.folder / "node_modules" / "pocketbase" / "dist" / "pocketbase.umd.js").read_text()
    program = require("chromium")

    def serve_app(route: Route) -> None:
        body = f"<!doctype html><title>Cards</title><script>{sdk}</script>"
        route.fulfill(content_type="text/html; charset=utf-8", body=body)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            opened = browser.new_page()
            opened.route(url, serve_app)
            opened.goto(url)
            yield opened
        finally:
            browser.close()
