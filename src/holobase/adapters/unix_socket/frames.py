"""What goes over the hub's socket: MessagePack frames, each after its length in four bytes."""

import asyncio
from typing import Annotated, Final, TypeAlias

import msgspec

from holobase.ports.hub import WORD_BYTES_MAX

FRAME_BYTES_MAX = WORD_BYTES_MAX + 4_096
"""Longest frame: what one process says to another, with room for whom it is for."""

NAME_LENGTH_MAX = 256
"""Longest name of a shared sum."""

BUFFER_BYTES_MAX = 256 * 1024
"""What may wait to be sent to one process; what comes on top is left out, for it is only a hint."""

WORDS_BYTES_MAX = 4 * FRAME_BYTES_MAX
"""The same of questions and answers: somebody waits for them, and long ones must not be in the way
of each other."""

LENGTH_BYTES: Final = 4

Name: TypeAlias = Annotated[str, msgspec.Meta(max_length=NAME_LENGTH_MAX)]


class Reached(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The log has reached a position. To the hub, and from it to all others."""

    position: int


class Add(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """To the hub: add to a sum, and answer under this number."""

    number: int
    name: Name
    amount: int


class Total(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """From the hub: what the sum is now."""

    number: int
    total: int


class Enter(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """To the hub, first of all: this process fills a place."""

    place: int


class Ask(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """By way of the hub, to the process at a place: what somebody asks under this number."""

    number: int
    to: int
    by: int
    question: bytes


class Answer(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """By way of the hub, back to who asked; None where nobody is there to answer."""

    number: int
    to: int
    answer: bytes | None


class Say(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """To the hub, and from it to all others."""

    word: bytes


class Strike(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """To the hub: count so many more in the window of a name, and answer under this number."""

    number: int
    name: Name
    seconds: float
    hits: int


class Struck(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """From the hub: how much the window counts now, and for how long it stays open."""

    number: int
    hits: int
    seconds_left: float


Frame: TypeAlias = Reached | Add | Total | Enter | Ask | Answer | Say | Strike | Struck

LOST: Final = (OSError, EOFError, msgspec.MsgspecError)
"""What a connection ends with, a frame that is none included."""

_decoder = msgspec.msgpack.Decoder(Frame)
_encoder = msgspec.msgpack.Encoder()


async def receive(reader: asyncio.StreamReader) -> Frame:
    """The next frame. Raises what `LOST` names."""
    size = int.from_bytes(await reader.readexactly(LENGTH_BYTES), "big")
    if size > FRAME_BYTES_MAX:
        raise EOFError("a frame is too long")
    frame: Frame = _decoder.decode(await reader.readexactly(size))
    return frame


def send(writer: asyncio.StreamWriter, frame: Frame) -> bool:
    """Sends a frame without waiting; False where too much waits already, or nobody is there."""
    most = WORDS_BYTES_MAX if isinstance(frame, Ask | Answer) else BUFFER_BYTES_MAX
    if writer.is_closing() or writer.transport.get_write_buffer_size() > most:
        return False
    data = _encoder.encode(frame)
    writer.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)
    return True
