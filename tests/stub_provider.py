"""A server that plays providers of logins: it says what a test wants, and remembers what it was
asked.

    with playing() as stage:
        role = stage.play(user={"id": 5})
        config = role.config("github")
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HOST = "127.0.0.1"
CLIENT_ID, CLIENT_SECRET = "client id", "a secret+%"


@dataclass(frozen=True)
class Reply:
    """An answer as it is sent; what is no text is sent as JSON."""

    body: Any = None
    status: int = 200
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The body's bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass(frozen=True)
class Asked:
    """A request: header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body, keep_blank_values=True))


@dataclass
class Role:
    """What one provider says at each of its addresses, and what it was asked."""

    url: str
    replies: dict[str, Reply]
    asked: list[Asked] = field(default_factory=list)

    def config(self, name: str, **more: Any) -> dict[str, Any]:
        """The provider as a collection configures it."""
        return {
            "name": name,
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "authURL": f"{self.url}/authorize",
            "tokenURL": f"{self.url}/token",
            "userInfoURL": f"{self.url}/user" if "/user" in self.replies else "",
            **more,
        }

    def to(self, path: str) -> list[Asked]:
        """The requests to one address."""
        return [each for each in self.asked if each.path == path]


TOKEN = {
    "access_token": "the access token",
    "refresh_token": "the refresh token",
    "token_type": "bearer",
    "expires_in": 3600,
}


class Stage:
    """The server with its roles."""

    def __init__(self) -> None:
        self.roles: dict[str, Role] = {}
        stage = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                stage.answer(self)

            def do_POST(self) -> None:
                stage.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{HOST}:{self._server.server_port}"

    def play(self, user: Any = None, token: Any = None, **replies: Any) -> Role:
        """A new role. Keywords are paths; a value that is no Reply is sent as JSON. `token` is
        added to what every token has, unless it is a Reply."""
        told = {f"/{name.replace('__', '/')}": value for name, value in replies.items()}
        if user is not None:
            told["/user"] = user
        told["/token"] = token if isinstance(token, Reply) else {**TOKEN, **(token or {})}
        kept = {p: v if isinstance(v, Reply) else Reply(v) for p, v in told.items()}
        name = f"r{len(self.roles)}"
        role = self.roles[name] = Role(f"{self.url}/{name}", kept)
        return role

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Says what the role that is asked says."""
        parts = urlsplit(request.path)
        _, name, *rest = parts.path.split("/")
        path = "/" + "/".join(rest)
        length = int(request.headers.get("content-length") or 0)
        body = request.rfile.read(length).decode()
        role = self.roles[name]
        headers = {key.lower(): value for key, value in request.headers.items()}
        role.asked.append(Asked(str(request.command), path, parts.query, headers, body))
        reply = role.replies.get(path, Reply({}, 404))
        encoded = reply.encoded()
        request.send_response(reply.status)
        for key, value in {"content-type": reply.kind, **reply.headers}.items():
            request.send_header(key, value)
        request.send_header("content-length", str(len(encoded)))
        request.end_headers()
        request.wfile.write(encoded)

    def close(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def playing() -> Iterator[Stage]:
    """A stage for the length of a block."""
    stage = Stage()
    try:
        yield stage
    finally:
        stage.close()
