"""The hub itself: passes on what is new and what its members say to each other, and keeps the
sums."""

import asyncio
import socket
from pathlib import Path

from holobase.adapters.unix_socket.frames import (
    LOST,
    Add,
    Answer,
    Ask,
    Enter,
    Reached,
    Say,
    Strike,
    Struck,
    Total,
    receive,
    send,
)
from holobase.ports.hub import Sums, Windows

BACKLOG_MEMBERS = 128


def listen(path: Path) -> socket.socket:
    """A listening socket at a path that does not exist yet; its folder says who may connect.

    Raises OSError, also for a path that is too long (107 bytes on Linux).
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        listener.listen(BACKLOG_MEMBERS)
    except OSError:
        listener.close()
        raise
    return listener


class HubServer:
    """Serves the members that connect."""

    def __init__(self) -> None:
        self._members: set[asyncio.StreamWriter] = set()
        self._places: dict[int, asyncio.StreamWriter] = {}
        self._asked: dict[tuple[int, int], asyncio.StreamWriter] = {}
        self._sums = Sums()
        self._windows = Windows()
        self._reached = 0

    async def start(self, listener: socket.socket) -> asyncio.Server:
        """Serves until the server that it gives is closed."""
        return await asyncio.start_unix_server(self._attend, sock=listener)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._members.add(writer)
        try:
            while True:
                self._take(await receive(reader), writer)
        except (*LOST, asyncio.CancelledError):  # cancelled as the process ends: no failure to log
            return
        finally:
            self._leave(writer)
            writer.close()

    def _leave(self, member: asyncio.StreamWriter) -> None:
        self._members.discard(member)
        for place in [place for place, held in self._places.items() if held is member]:
            del self._places[place]
        for (by, number), asked in list(self._asked.items()):
            if asked is member:
                self._answer(Answer(number, by, None))

    def _answer(self, answer: Answer) -> None:
        asked = self._asked.pop((answer.to, answer.number), None)
        if asked is not None and answer.to in self._places:
            send(self._places[answer.to], answer)

    def _take(self, frame: object, sender: asyncio.StreamWriter) -> None:
        match frame:
            case Reached(position) if position > self._reached:
                self._reached = position
                for member in self._members - {sender}:
                    send(member, Reached(position))
            case Add(number, name, amount):
                send(sender, Total(number, self._sums.add(name, amount)))
            case Enter(place):
                self._places[place] = sender
            case Ask(number, to, by):
                asked = self._places.get(to)
                self._asked[by, number] = sender if asked is None else asked
                if asked is None or not send(asked, frame):
                    self._answer(Answer(number, by, None))
            case Answer():
                self._answer(frame)
            case Say():
                for member in self._members - {sender}:
                    send(member, frame)
            case Strike(number, name, seconds, hits):
                send(sender, Struck(number, *self._windows.strike(name, seconds, hits)))
