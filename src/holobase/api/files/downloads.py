"""`/api/files/…`: the files of records, and tokens for those that are protected."""

import re
from typing import Final

from holobase.api import asking
from holobase.api.exchange import Exchange
from holobase.api.files.sending import disposition, send_blob
from holobase.api.origins import Header
from holobase.domain.errors import NotFound, Unauthenticated
from holobase.engine.application import Application
from holobase.engine.files import tokens
from holobase.ports.imaging import Format

CACHED: Final = b"max-age=2592000, stale-while-revalidate=86400"
CONTENT_POLICY: Final = b"default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox"

SHOWN: Final = frozenset(
    {
        *(f"image/{kind}" for kind in ("png", "jpg", "jpeg", "gif", "webp", "x-icon", "bmp")),
        *(f"video/{kind}" for kind in ("webm", "mp4", "3gpp", "quicktime", "x-ms-wmv")),
        *(f"audio/{kind}" for kind in ("basic", "aiff", "mpeg", "midi", "mp3", "wave", "wav")),
        *(f"audio/{kind}" for kind in ("x-wav", "x-mpeg", "x-m4a", "aac")),
        "application/pdf",
        "application/x-pdf",
    }
)
"""What browsers may show in place; everything else is to be saved."""

_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
BY_EXTENSION: Final = {
    ".svg": "image/svg+xml",
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".xlsx": _OFFICE + "spreadsheetml.sheet",
    ".docx": _OFFICE + "wordprocessingml.document",
    ".pptx": _OFFICE + "presentationml.presentation",
}
"""Types that content alone does not tell."""

BETTER: Final[dict[str, Format]] = {"image/avif": "avif", "image/webp": "webp"}
"""Formats that thumbs come in for who asks for them, the smallest first."""

ACCEPTED_MAX: Final = 20
"""Types in an `Accept` that are looked at."""

_QUALITY = re.compile(r"[01](?:\.\d{0,3})?", re.ASCII)

TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})


class Downloads:
    """The endpoints of files."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def download(self, exchange: Exchange, name: str, record_id: str, file: str) -> None:
        """GET: a file of a record; `thumb`, `download` and `token` are parameters."""
        definition = self._application.catalogue.named(name)
        token = exchange.query.get("token", "")
        found = await self._application.kernel.steadily(
            definition,
            lambda current: self._application.finder.find(
                current, record_id, file, token, exchange.request
            ),
        )
        blobs = await self._application.places.files()
        blob = await blobs.look(found.key)
        if blob is None:
            raise NotFound("not_found")
        name, varies = found.name, False
        size, thumbs = exchange.query.get("thumb", ""), self._application.thumbs
        if size and thumbs.allows(found.field, size, blob.content_type):
            better = accepted(exchange.headers.get("accept", ""))
            thumb = await thumbs.get(blobs, blob, found, size, better)
            varies = True
            if thumb is not None:
                blob, name = thumb.blob, thumb.name
        headers = _headers(blob.content_type, name, exchange.query.get("download", ""))
        if varies:
            headers.append((b"vary", b"Origin, Accept"))
        await send_blob(exchange, blobs, blob, headers, may_be_framed=True)

    async def token(self, exchange: Exchange) -> None:
        """POST: a token that opens the protected files that the caller may see."""
        account = asking.account_of(exchange)
        definition = self._application.catalogue.find(account.collection_id)
        if definition is None:
            raise Unauthenticated("token_required")
        token = tokens.issue(account, definition, exchange.request.now)
        await exchange.answer(200, asking.picked({"token": token}, asking.fields_of(exchange)))


def accepted(accept: str) -> list[Format]:
    """The formats that a client asks for by name and that are smaller than the usual ones; what it
    takes only because it takes everything is not among them."""
    found: list[tuple[float, int, Format]] = []
    for part in accept.split(",")[:ACCEPTED_MAX]:
        name, *parameters = (text.strip().lower() for text in part.split(";"))
        kind = BETTER.get(name)
        quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        if kind is not None and _QUALITY.fullmatch(quality) and float(quality) > 0:
            found.append((-float(quality), [*BETTER].index(name), kind))
    return [kind for _, _, kind in sorted(found)]


def _headers(content_type: str, name: str, download: str) -> list[Header]:
    is_shown = content_type in SHOWN and download not in TRUE
    extension = name[name.rfind(".") :] if "." in name else ""
    return [
        (b"content-type", BY_EXTENSION.get(extension, content_type).encode("latin-1", "replace")),
        (b"content-disposition", disposition("inline" if is_shown else "attachment", name)),
        (b"content-security-policy", CONTENT_POLICY),
        (b"cache-control", CACHED),
    ]
