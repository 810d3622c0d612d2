"""Guards: who may call a route at all. They are asked before anything else of a request is looked
at, so no endpoint can forget to.
"""

from typing import Final, Literal, TypeAlias

import msgspec

from holobase.api import asking
from holobase.api.exchange import Exchange
from holobase.domain.errors import Forbidden
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
        if self.kind == "same collection":
            definition = application.catalogue.named(names[0])
            is_admitted = asking.account_of(exchange).collection_id == definition.collection.id
        else:
            account = asking.account_of(exchange)
            is_admitted = self.kind == "account" or exchange.request.is_superuser
            if not is_admitted and self.permission:
                is_admitted = self.permission in await application.permissions.of(account)
        if not is_admitted:
            raise Forbidden("wrong_account_kind")


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
