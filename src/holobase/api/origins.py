"""CORS: which other origins may read our answers in a browser."""

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

Header: TypeAlias = tuple[bytes, bytes]

ANY: Final = "*"
METHODS: Final = b"GET,HEAD,PUT,PATCH,POST,DELETE"
EXPOSED: Final[Header] = (
    b"access-control-expose-headers",
    b"ETag, Location, Upload-Offset, Upload-Length, Upload-Metadata, Upload-Expires, Tus-Resumable,"
    b" Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm",
)
"""What else than the usual a page may see of an answer."""

VARY: Final[Header] = (b"vary", b"Origin")
_VARY_PREFLIGHT: Final = (
    b"vary",
    b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
)


class Origins:
    """Those that fit one of the patterns, in which `*` stands for any text and `?` for one
    character. `*` alone lets in all, those without a name too."""

    def __init__(self, patterns: Iterable[str]) -> None:
        named = list(patterns)
        self._are_all = ANY in named
        spelled = (re.escape(one).replace(r"\*", ".*").replace(r"\?", ".") for one in named)
        self._fit = re.compile("|".join(spelled), re.DOTALL)

    def answer(self, origin: str) -> tuple[Header, ...]:
        """What an answer to a page of this origin says; nothing where it is not let in."""
        allowed = self._allowed(origin)
        return () if allowed is None else (allowed, EXPOSED)

    def preflight(self, origin: str | None, asked_headers: str) -> list[Header]:
        """The headers of the answer to a preflight, the whole of it."""
        allowed = None if origin is None else self._allowed(origin)
        if allowed is None:
            return [VARY]
        headers = [_VARY_PREFLIGHT, allowed, (b"access-control-allow-methods", METHODS)]
        if asked_headers:
            headers.append((b"access-control-allow-headers", asked_headers.encode("latin-1")))
        return headers

    def _allowed(self, origin: str) -> Header | None:
        if self._are_all:
            return (b"access-control-allow-origin", b"*")
        if self._fit.fullmatch(origin):
            return (b"access-control-allow-origin", origin.encode("latin-1"))
        return None


ANYWHERE: Final = Origins((ANY,))
"""As it is without a setting: tokens are in a header that no page sends by itself."""
