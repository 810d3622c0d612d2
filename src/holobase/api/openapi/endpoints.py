"""`/api/openapi.json` and `/api/docs`, which works without the internet."""

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from holobase.api.exchange import Exchange
from holobase.api.openapi.document import document
from holobase.api.router import Route
from holobase.domain.collection import Schema
from holobase.domain.errors import NotFound
from holobase.engine.application import Application
from holobase.kit import json

_PAGE: Final = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Holobase API</title>
<link rel="stylesheet" href="/api/docs/style.css">
</head>
<body>
<div id="api"></div>
<script src="/api/docs/viewer.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"""
_START: Final = b"""SwaggerUIBundle({
  url: "/api/openapi.json", dom_id: "#api", docExpansion: "none", filter: true,
  persistAuthorization: true, validatorUrl: null,
});
"""
_OURS: Final = {"start.js": _START}
_PACKAGE: Final = "offapi"
_PACKED: Final = {"viewer.js": "swagger_bundle.js", "style.css": "swagger_style.css"}
_TYPES: Final = {"js": b"text/javascript; charset=utf-8", "css": b"text/css; charset=utf-8"}
_POLICY: Final = (
    b"content-security-policy",
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'"
    b" data:; connect-src 'self'; base-uri 'none'; form-action 'none'",
)


class OpenApi:
    """The document, made once per state of the collections, and its page."""

    def __init__(self, application: Application, routes: Sequence[Route]) -> None:
        self._application = application
        self._routes = routes
        self._made: dict[bool, tuple[Schema, bytes]] = {}

    async def document(self, exchange: Exchange) -> None:
        """GET: the document; superusers see every collection and the hidden fields."""
        await exchange.answer(200, self._document(exchange.request.is_superuser))

    async def page(self, exchange: Exchange) -> None:
        """GET: the page."""
        await exchange.answer(200, _PAGE, ((b"content-type", b"text/html; charset=utf-8"), _POLICY))

    async def part(self, exchange: Exchange, name: str) -> None:
        """GET: what the page is made of."""
        if name not in _OURS and name not in _PACKED:
            raise NotFound("not_found")
        kind = _TYPES[name.rpartition(".")[2]]
        body = _OURS[name] if name in _OURS else _packed(_PACKED[name])
        await exchange.answer(
            200, body, ((b"content-type", kind), (b"cache-control", b"public, max-age=3600"))
        )

    def _document(self, is_superuser: bool) -> bytes:
        catalogue = self._application.catalogue
        schema, made = self._made.get(is_superuser, (None, b""))
        if schema is not catalogue.schema:
            schema = catalogue.schema
            made = json.encode(document(catalogue, self._routes, is_superuser=is_superuser))
            self._made[is_superuser] = (schema, made)
        return made


@lru_cache(maxsize=len(_PACKED))
def _packed(name: str) -> bytes:
    # Found without being imported: the package reads everything it carries at import.
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise NotFound("not_found")
    return (Path(spec.submodule_search_locations[0]) / name).read_bytes()
