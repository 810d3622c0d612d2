"""Guards: who may call a route at all. They are asked before anything else of a request is looked
at, so no endpoint can forget to.
"""

from typing import Final, Literal, TypeAlias

import msgspec

from holobase.api import asking
from holobase.api.exchange import Exchange
from holobase.domain.errors import Forbidden, NotFound
from holobase.domain.record import Record
from holobase.engine.application import Application

Kind: TypeAlias = Literal["open", "account", "same collection", "permission", "superuser"]


class Guard(msgspec.Struct, frozen=True):
    """What a caller needs. `permission` lets others than superusers pass who have it."""

    kind: Kind
    permission: str = ""

    async def admit(self, exchange: Exchange, application: Application, names: list[str]) -> None:
        """Lets the caller pass. Raises Unauthenticated for guests, Forbidden for others, and
        NotFound where a route is about the accounts of a collection that is not there."""
        if self.kind == "open":
            return
        definition = application.catalogue.find(names[0]) if names else None
        if self.kind == "same collection" and definition is None:
            raise NotFound("not_found")
        account = asking.account_of(exchange)
        if self.kind == "account":
            return
        if self.kind == "same collection":
            is_admitted = (
                definition is not None and definition.collection.id == account.collection_id
            )
        else:
            is_admitted = exchange.request.is_superuser or await _has(
                application, account, self.permission
            )
        if not is_admitted:
            raise Forbidden("wrong_account_kind")


async def _has(application: Application, account: Record, permission: str) -> bool:
    return bool(permission) and permission in await application.permissions.of(account)


OPEN: Final = Guard("open")
"""For everybody; what is shown depends on rules, or on nothing."""

ACCOUNT: Final = Guard("account")
"""For whoever is logged in, as whatever."""

SAME_COLLECTION: Final = Guard("same collection")
"""For accounts of the collection that the path names."""

SUPERUSER: Final = Guard("superuser")
"""For superusers alone: whoever may do this may do everything anyway."""


def may(permission: str) -> Guard:
    """For superusers, and for users who have a role with this permission."""
    return Guard("permission", permission)
