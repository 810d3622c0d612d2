"""What tests of files share: a collection of them, pictures, and asking for both."""

import itertools
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.wire.world import World

SEEN_SECONDS = 20.0
"""How soon files are gone that nobody names: much sooner, on a machine with nothing else to do."""

_numbers = itertools.count(1)


def png(width: int = 4, height: int = 4, *, extra: bytes = b"") -> bytes:
    """A picture in one colour; `extra` are further chunks before the pixels."""
    rows = (b"\x00" + b"\x20\x80\xe0" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunks + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@dataclass
class Filing:
    """A collection with files in a running server, open to everybody."""

    url: str
    root: str
    name: str
    id: str
    storage: Path
    client: httpx.Client

    @property
    def records(self) -> str:
        """Where its records are."""
        return f"/api/collections/{self.name}/records"

    def create(self, *files: tuple[str, tuple[str, bytes]], **values: Any) -> httpx.Response:
        """A new record with these files, as a form."""
        return self.client.post(self.records, files=files or None, data=values)

    def made(self, *files: tuple[str, tuple[str, bytes]], **values: Any) -> dict[str, Any]:
        """As `create`, which must succeed."""
        answer = self.create(*files, **values)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def update(
        self, record: dict[str, Any], *files: tuple[str, tuple[str, bytes]], **values: Any
    ) -> httpx.Response:
        """Changes a record, as a form."""
        return self.client.patch(f"{self.records}/{record['id']}", files=files or None, data=values)

    def get(self, record: dict[str, Any], file: str, **options: Any) -> httpx.Response:
        """Asks for a file of a record."""
        return self.client.get(f"/api/files/{self.name}/{record['id']}/{file}", **options)

    def stored(self, record: dict[str, Any]) -> list[str]:
        """The files in the folder of a record, without what is told beside them."""
        folder = self.storage / self.id / record["id"]
        try:
            found = [path for path in folder.rglob("*") if path.is_file()]
        except FileNotFoundError:  # a folder went while it was looked into
            return self.stored(record)
        return sorted(p.relative_to(folder).as_posix() for p in found if p.suffix != ".attrs")

    def settle(self, record: dict[str, Any], wanted: Sequence[str]) -> None:
        """Waits until the folder of a record holds these files and no others."""
        deadline = time.monotonic() + SEEN_SECONDS
        while self.stored(record) != sorted(wanted) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert self.stored(record) == sorted(wanted)


FIELDS: Sequence[dict[str, Any]] = (
    {"name": "title", "type": "text", "max": 20},
    {
        "name": "one",
        "type": "file",
        "maxSelect": 1,
        "maxSize": 20_000,
        "mimeTypes": ["image/png", "image/jpeg", "text/plain"],
        "thumbs": ["10x10", "8x0", "0x8", "6x4t", "6x4b", "6x4f"],
    },
    {"name": "many", "type": "file", "maxSelect": 3, "maxSize": 0},
    {"name": "guarded", "type": "file", "maxSelect": 1, "protected": True},
)


@contextmanager
def filing(url: str, root: str, storage: Path, **options: Any) -> Iterator[Filing]:
    """A fresh collection, dropped afterwards. `options` are members of its definition."""
    name = f"filing{next(_numbers)}"
    rules = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
    body = {"name": name, "type": "base", "fields": FIELDS, **rules, **options}
    with httpx.Client(base_url=url, timeout=20) as client:
        headers = {"authorization": root}
        made = client.post("/api/collections", json=body, headers=headers)
        assert made.status_code == 200, made.text
        yield Filing(url, root, name, made.json()["id"], storage, client)
        client.delete(f"/api/collections/{name}", headers=headers)


@contextmanager
def filing_of(world: World, **options: Any) -> Iterator[Filing]:
    """A fresh collection in the world."""
    storage = world.settings.data / "storage"
    with filing(world.url, world.tokens["root"], storage, **options) as made:
        yield made
