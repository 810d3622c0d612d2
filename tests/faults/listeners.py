"""Many clients of realtime that resume, hang up at random, and remember what they were told."""

import asyncio
import json
import random
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

GONE = (OSError, EOFError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)


@dataclass
class ResumingClient:
    """One client. `seen` holds, by record, the last number that it was told (None once deleted) and
    the position of that; `repeated` counts what it was told twice."""

    host: str
    port: int
    topic: str
    seed: int
    patience_seconds: float
    position: str = ""
    seen: dict[str, tuple[int | None, int]] = field(default_factory=dict)
    out_of_order: list[str] = field(default_factory=list)
    connected: int = 0
    repeated: int = 0
    resyncs: int = 0

    async def run(self, calm: asyncio.Event) -> None:
        """Listens until it is cancelled, and hangs up when its patience ends, to come back soon;
        once it is calm, it hangs up no more."""
        chance = random.Random(self.seed)
        while True:
            with suppress(*GONE):
                async with asyncio.timeout(None) as patience:
                    if not calm.is_set():
                        now = asyncio.get_running_loop().time()
                        patience.reschedule(now + chance.uniform(0.2, self.patience_seconds))
                    await self._listen()
            await asyncio.sleep(self.patience_seconds / 30)

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            path = f"/api/realtime?since={self.position}"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())
            await reader.readuntil(b"\r\n\r\n")
            while True:
                size = int((await reader.readline()).strip() or b"0", 16)
                if not size:
                    return
                chunk = (await reader.readexactly(size + 2))[:-2]
                lines = dict(line.split(b":", 1) for line in chunk.strip().split(b"\n"))
                await self._take(lines[b"id"].decode(), lines[b"event"], json.loads(lines[b"data"]))
        finally:
            writer.close()

    async def _take(self, identifier: str, event: bytes, data: Any) -> None:
        if event == b"PB_CONNECT":
            await self._subscribe(data["clientId"])
            self.connected += 1
            return
        self.position = identifier
        if event == b"resync":
            self.resyncs += 1
        elif event == self.topic.encode():
            self._note(data["record"], data["action"], int(identifier))

    async def _subscribe(self, client_id: str) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            body = json.dumps({"clientId": client_id, "subscriptions": [self.topic]}).encode()
            head = f"POST /api/realtime HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n"
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            if b" 204 " not in await reader.readline():
                raise EOFError("not subscribed")
        finally:
            writer.close()

    def _note(self, record: dict[str, Any], action: str, position: int) -> None:
        number = None if action == "delete" else int(record["caption"])
        before, at = self.seen.get(record["id"], (-1, -1))
        if position <= at:
            self.repeated += 1
        elif before is None or (number is not None and number <= before):
            self.out_of_order.append(f"{record['id']}: {number} at {position} after {before}")
        else:
            self.seen[record["id"]] = (number, position)
