"""`multipart/form-data` bodies, taken apart as they come in: texts are kept in memory, files go to
the disk when they are not small.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from holobase.api.exchange import PAIRS_MAX
from holobase.domain.errors import TooLarge
from holobase.engine.files.uploads import SentFile

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FILE_IN_MEMORY_BYTES_MAX: Final = 256 * 1024
"""Larger files are on the disk while they wait, in the system's folder for temporary files."""

TEXT_BYTES_MAX: Final = 32 * 1024 * 1024
"""All texts of a form together: what a body without files may have."""

HEADERS_BYTES_MAX: Final = 16 * 1024
"""The headers of one part."""

Wants: TypeAlias = Callable[[str], bool]
"""Whether a file under this name is kept; what comes under others is thrown away."""


@dataclass(slots=True)
class Form:
    """What a form held, in order. Files are open until the block is left."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, SentFile]] = field(default_factory=list)

    def __enter__(self) -> "Form":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the files."""
        for _, file in self.files:
            file.source.close()


async def read(
    chunks: AsyncIterator[bytes], content_type: str, wants: Wants, folder: Path | None = None
) -> Form:
    """The form that comes in. Files wait in the folder, or in the system's. Raises ValueError for
    what is none, TooLarge for too many parts or too much text."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise ValueError("a form without a boundary")
    reader = _Reader(wants, folder)
    parser = MultipartParser(boundary, reader.callbacks())
    try:
        async for chunk in chunks:
            parser.write(chunk)
        parser.finalize()
        if not reader.is_whole:
            raise ValueError("a form without an end")
    except FormParserError as error:
        reader.abandon()
        raise ValueError(str(error)) from error
    except BaseException:
        reader.abandon()
        raise
    return reader.form


class _Reader:
    """Collects what the parser reports."""

    def __init__(self, wants: Wants, folder: Path | None) -> None:
        self.form = Form()
        self._folder = folder
        self.is_whole = False
        self._wants = wants
        self._parts = self._text_bytes = self._header_bytes = 0
        self._header = bytearray(), bytearray()
        self._disposition = b""
        self._name = self._file_name = ""
        self._text = bytearray()
        self._file: BinaryIO | None = None
        self._size = 0

    def callbacks(self) -> "MultipartCallbacks":
        """What the parser is to call."""
        return {
            "on_part_begin": self._begin,
            "on_part_data": self._data,
            "on_part_end": self._end_part,
            "on_header_field": lambda data, start, end: self._add(0, data[start:end]),
            "on_header_value": lambda data, start, end: self._add(1, data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._open,
            "on_end": self._end,
        }

    def abandon(self) -> None:
        """Closes what is open."""
        self.form.close()
        if self._file is not None:
            self._file.close()

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > PAIRS_MAX:
            raise TooLarge("too_large")
        self._header_bytes = self._size = 0
        self._disposition, self._text, self._file = b"", bytearray(), None

    def _add(self, which: int, piece: bytes) -> None:
        self._header_bytes += len(piece)
        if self._header_bytes > HEADERS_BYTES_MAX:
            raise TooLarge("too_large")
        self._header[which].extend(piece)

    def _end_header(self) -> None:
        name, value = self._header
        if bytes(name).lower() == b"content-disposition":
            self._disposition = bytes(value)
        self._header = bytearray(), bytearray()

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._file_name = options.get(b"filename", b"").decode("utf-8", "replace")
        if self._file_name and self._wants(self._name):
            spool = SpooledTemporaryFile(  # noqa: SIM115 - Form closes it
                FILE_IN_MEMORY_BYTES_MAX, dir=str(self._folder) if self._folder else None
            )
            self._file = cast(BinaryIO, spool)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(memoryview(data)[start:end])
            self._size += end - start
        elif not self._file_name:
            self._text_bytes += end - start
            if self._text_bytes > TEXT_BYTES_MAX:
                raise TooLarge("too_large")
            self._text += data[start:end]

    def _end_part(self) -> None:
        if self._file is not None:
            sent = SentFile(base_name(self._file_name), self._file, self._size)
            self.form.files.append((self._name, sent))
            self._file = None
        elif not self._file_name:
            self.form.texts.append((self._name, self._text.decode("utf-8", "replace")))

    def _end(self) -> None:
        self.is_whole = True


def base_name(name: str) -> str:
    """The name without the folders that some clients send before it."""
    return name.replace("\\", "/").rpartition("/")[2] or "file"


def by_key(files: Iterable[tuple[str, SentFile]]) -> dict[str, list[SentFile]]:
    """The files under each name, in order."""
    found: dict[str, list[SentFile]] = {}
    for key, file in files:
        found.setdefault(key, []).append(file)
    return found
