"""`multipart/form-data` bodies, taken apart in memory."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from holobase.api.exchange import PAIRS_MAX
from holobase.domain.errors import TooLarge

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks


@dataclass(slots=True)
class Part:
    """One part of a form. One with a file name is a file."""

    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    content: bytearray = field(default_factory=bytearray)
    name: str = ""
    file_name: str = ""

    @property
    def is_file(self) -> bool:
        """Whether a file was sent, not a text."""
        return bool(self.file_name)

    @property
    def text(self) -> str:
        """The text that was sent, bytes that are not UTF-8 as U+FFFD; a file's name."""
        return self.file_name or self.content.decode("utf-8", "replace")


def parts_of(body: bytes, content_type: str) -> list[Part]:
    """The parts in order. Raises ValueError for what is no such form, TooLarge for too many."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise ValueError("a form without a boundary")
    reader = _Reader()
    parser = MultipartParser(boundary, reader.callbacks())
    try:
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise ValueError(str(error)) from error
    if not reader.is_whole:
        raise ValueError("a form without an end")
    return reader.parts


class _Reader:
    """Collects what the parser reports."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.is_whole = False
        self._header = bytearray(), bytearray()

    def callbacks(self) -> "MultipartCallbacks":
        """What the parser is to call."""
        return {
            "on_part_begin": self._begin,
            "on_part_data": self._data,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._name,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) >= PAIRS_MAX:
            raise TooLarge("too_large")
        self.parts.append(Part())

    def _data(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].content += data[start:end]

    def _end_header(self) -> None:
        name, value = self._header
        self.parts[-1].headers.append((bytes(name).lower(), bytes(value)))
        self._header = bytearray(), bytearray()

    def _name(self) -> None:
        part = self.parts[-1]
        disposition = dict(part.headers).get(b"content-disposition", b"")
        _, options = parse_options_header(disposition)
        part.name = options.get(b"name", b"").decode("utf-8", "replace")
        part.file_name = options.get(b"filename", b"").decode("utf-8", "replace")

    def _end(self) -> None:
        self.is_whole = True
