"""Files that came with a write: named, looked into, and put into the body in their places."""

from collections.abc import Mapping, Sequence
from typing import BinaryIO, TypeAlias

import msgspec

from holobase.domain.content_types import HEAD_BYTES, sniff
from holobase.domain.fields.field import list_of
from holobase.domain.file_names import stored_name
from holobase.domain.upload import Upload
from holobase.engine.catalogue import Definition
from holobase.kit.json import Json


class SentFile(msgspec.Struct, frozen=True):
    """A file as it came. Its source can be read again from the start; whoever opened it closes it
    when the write is over. `stored_as` is the name it gets where the server itself has chosen one.
    """

    name: str
    source: BinaryIO
    size: int
    stored_as: str = ""


SentFiles: TypeAlias = Mapping[str, Sequence[SentFile]]
"""Files by the key under which they were sent: a field, or one with a `+` around it."""

NO_FILES: SentFiles = {}


def keys_of(definition: Definition) -> frozenset[str]:
    """The keys under which files of a record are sent."""
    names = [field.name for field in definition.files]
    return frozenset(key for name in names for key in (name, f"{name}+", f"+{name}"))


def texts_of(value: Json) -> list[str]:
    """The texts that a value of a file field is, or lists."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def renamed(
    definition: Definition, body: Mapping[str, Json], names: Mapping[str, str]
) -> dict[str, Json]:
    """The body with these texts among the values of file fields changed, each where it comes
    first: nothing becomes two files."""
    changed, waiting = dict(body), dict(names)
    for key in sorted(keys_of(definition) & body.keys()):
        texts = [waiting.pop(text, text) for text in texts_of(body[key])]
        if texts != texts_of(body[key]):
            changed[key] = [*texts] if isinstance(body[key], list) else texts[0]
    return changed


def named(
    definition: Definition, body: Mapping[str, Json], sent: SentFiles
) -> tuple[Mapping[str, Json], dict[str, Upload], dict[str, SentFile]]:
    """The body with the names of the files behind the names that it has under the same keys; what
    is known of each file by its name, and the file itself."""
    merged = dict(body)
    uploads: dict[str, Upload] = {}
    sources: dict[str, SentFile] = {}
    for key in keys_of(definition) & sent.keys():
        added: list[Json] = []
        for file in sent[key]:
            upload = _upload(file)
            uploads[upload.name], sources[upload.name] = upload, file
            added.append(upload.name)
        merged[key] = [*list_of(body.get(key)), *added]
    return merged, uploads, sources


def _upload(file: SentFile) -> Upload:
    file.source.seek(0)
    kind = sniff(file.source.read(HEAD_BYTES))
    name = file.stored_as or stored_name(file.name, kind.extension)
    return Upload(name, file.name, file.size, kind.name)
