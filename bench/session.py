"""A superuser's connection to a server under test: what is laid out and looked up between runs."""

import json
from typing import Any

import httpx

from bench.load import Request

SUPERUSER = ("bench@example.com", "a password for benches")
TIMEOUT_SECONDS = 300.0
PAGE = 500


def records(collection: str, record_id: str = "") -> str:
    """The address of a collection's records, or of one of them."""
    path = f"/api/collections/{collection}/records"
    return f"{path}/{record_id}" if record_id else path


def post(collection: str, values: dict[str, Any]) -> Request:
    """A request that creates a record."""
    return "POST", records(collection), json.dumps(values, ensure_ascii=False)


class Session:
    """Asks as a superuser, one request after the other. `with` closes the connection."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS)
        body = dict(zip(("identity", "password"), SUPERUSER, strict=True))
        login = self.send("POST", "/api/collections/_superusers/auth-with-password", body)
        self._client.headers["Authorization"] = login["token"]

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def send(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The answer's JSON. Leaves with the answer where it is an error."""
        answer = self._client.request(method, path, json=body)
        if answer.is_error:
            raise SystemExit(f"{method} {self.url}{path}: {answer.status_code} {answer.text}")
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def ids(self, collection: str, count: int, skipped: int = 0) -> list[str]:
        """The ids of that many records in the order of their ids, after so many skipped ones."""
        found: list[str] = []
        page = skipped // PAGE + 1
        while len(found) < count + skipped % PAGE:
            query = f"?perPage={PAGE}&page={page}&skipTotal=1&fields=id&sort=id"
            items = self.send("GET", records(collection) + query)["items"]
            found += [item["id"] for item in items]
            page += 1
            if len(items) < PAGE:
                break
        return found[skipped % PAGE :][:count]

    def log_in(self, collection: str, identity: str, password: str) -> tuple[str, str]:
        """Somebody's id and token."""
        path = f"/api/collections/{collection}/auth-with-password"
        login = self.send("POST", path, {"identity": identity, "password": password})
        return str(login["record"]["id"]), str(login["token"])
