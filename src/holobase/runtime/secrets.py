"""Secrets of collections, changed by the command line: every token signed with one ends at once."""

from holobase.domain.auth_options import TOKENS
from holobase.domain.errors import NotFound
from holobase.domain.principal import Request
from holobase.engine.application import Application
from holobase.engine.definitions import SECRET_LENGTH
from holobase.kit import ids

SERVICE = "cli"
KINDS = tuple(name.removesuffix("_token") for name in TOKENS)
"""Kinds of tokens, as people name them: `auth`, `password_reset`, …"""


async def rotate(application: Application, name: str, kinds: tuple[str, ...]) -> None:
    """Gives a collection of accounts fresh secrets for these kinds of tokens. Raises NotFound."""
    definition = application.catalogue.find(name)
    if definition is None or definition.collection.auth is None:
        raise NotFound("no_such_accounts")
    sent = {_wire(kind): {"secret": ids.random_text(SECRET_LENGTH)} for kind in kinds}
    request = Request(method="CLI", now=application.kernel.clock(), service=SERVICE)
    await application.collections.update(definition, sent, request)


def _wire(kind: str) -> str:
    first, *rest = f"{kind}_token".split("_")
    return first + "".join(word.capitalize() for word in rest)
