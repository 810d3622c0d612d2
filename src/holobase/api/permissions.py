"""`/api/permissions`: what somebody may do through their roles."""

from typing import Final

from holobase.api import asking
from holobase.api.exchange import Exchange
from holobase.domain.errors import Forbidden, NotFound
from holobase.domain.record import Record
from holobase.engine.application import Application

OF_OTHERS: Final = "users.roles"
"""The permission to see what others may do: it belongs to giving and taking roles."""


class PermissionEndpoint:
    """The endpoint of effective permissions."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def show(self, exchange: Exchange) -> None:
        """GET: one's own roles and permissions, or those of the `account` that is asked for."""
        application = self._application
        account = await self._account(exchange)
        roles = await application.permissions.roles_of(account)
        permissions = await application.permissions.effective(account)
        answer = {
            "account": account.id,
            "collectionName": account.collection_name,
            "roles": [{"id": role.id, "name": role.name} for role in roles],
            "permissions": sorted(permissions),
        }
        await exchange.answer(200, asking.picked(answer, asking.fields_of(exchange)))

    async def _account(self, exchange: Exchange) -> Record:
        own, account_id = asking.account_of(exchange), exchange.query.get("account", "")
        if account_id in ("", own.id):
            return own
        if OF_OTHERS not in await self._application.permissions.effective(own):
            raise Forbidden("wrong_account_kind")
        account = await self._application.principals.anywhere(account_id)
        if account is None:
            raise NotFound("not_found")
        return account
