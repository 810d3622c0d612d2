"""Talking to the workers of a group one by one, and writing until the server is gone."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import httpx
import psutil

from holobase.kit import ids
from tests.server import Server

SOON_SECONDS = 20.0
POSTS = "/api/collections/community_posts/records"


def await_true(holds: Callable[[], object], seconds: float = SOON_SECONDS) -> None:
    """Returns when it holds; fails where that takes too long."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def worker_of(server: Server, answer: httpx.Response) -> int:
    """The process at the other end of the connection that an answer came over."""
    address = _our_end(answer)
    for pid in server.workers():
        for connection in psutil.Process(pid).net_connections("tcp"):
            if connection.raddr and tuple(connection.raddr) == address[:2]:
                return pid
    raise AssertionError("no worker has this connection")


def _our_end(answer: httpx.Response) -> tuple[object, ...]:
    return tuple(answer.extensions["network_stream"].get_extra_info("client_addr"))


@contextmanager
def one_client_each(server: Server) -> Iterator[dict[int, httpx.Client]]:
    """A client with one kept connection to every worker, by the worker's process id."""
    with ExitStack() as opened:
        found: dict[int, httpx.Client] = {}
        limits = httpx.Limits(max_connections=1)

        def connect() -> bool:
            client = httpx.Client(base_url=server.url, timeout=30, limits=limits)
            opened.callback(client.close)
            found.setdefault(worker_of(server, client.get("/api/health")), client)
            return len(found) == len(server.workers())

        await_true(connect)
        yield found


class Writer(threading.Thread):
    """Posts under ids of its own choice until its connection is lost; each is known by its answer.

    Where a connection ends between two posts, httpx opens another one and says nothing.
    """

    def __init__(self, url: str, token: str, author: str) -> None:
        super().__init__(daemon=True)
        self.http = httpx.Client(base_url=url, headers={"Authorization": token}, timeout=30)
        self.author = author
        self.worker = 0
        self.end: tuple[object, ...] = ()
        self.answered: list[str] = []
        self.refused: list[str] = []
        self.lost: httpx.TransportError | None = None
        self.is_done = threading.Event()

    def connect(self, server: Server) -> None:
        """Opens its connection, and learns which worker it leads to."""
        answer = self.http.get("/api/health")
        self.worker, self.end = worker_of(server, answer), _our_end(answer)

    def run(self) -> None:
        with closing(self.http):
            while not self.is_done.is_set() and self.lost is None:
                try:
                    self._post()
                except httpx.TransportError as error:
                    self.lost = error

    def _post(self) -> None:
        post = {"id": ids.record_id(), "author": self.author, "caption": "x"}
        answer = self.http.post(POSTS, json=post)
        if answer.status_code == 200:
            self.answered.append(answer.json()["id"])
        else:
            self.refused.append(answer.text)
        if not self._is_mine(answer):
            self.lost = httpx.ReadError("it ended after a post")

    def _is_mine(self, answer: httpx.Response) -> bool:
        with suppress(OSError):  # which is told of a connection that was closed with this answer
            return _our_end(answer) == self.end
        return False


@contextmanager
def writers(server: Server, token: str, author: str, count: int) -> Iterator[list[Writer]]:
    """So many that write at once; they are done when the block is left."""
    made = [Writer(server.url, token, author) for _ in range(count)]
    for each in made:
        each.connect(server)
    for each in made:
        each.start()
    try:
        await_true(lambda: all(each.answered or each.refused for each in made))
        assert not [text for each in made for text in each.refused[:1]]
        yield made
    finally:
        for each in made:
            each.is_done.set()
        for each in made:
            each.join(SOON_SECONDS)


def answered(made: list[Writer]) -> set[str]:
    """Every id that was answered; nothing was refused, and no id was answered twice."""
    ids_of_all = [each for writer in made for each in writer.answered]
    assert not [text for writer in made for text in writer.refused]
    assert len(ids_of_all) == len(set(ids_of_all))
    return set(ids_of_all)
