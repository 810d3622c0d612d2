"""`/api/sessions`: where somebody is logged in, and how to end that."""

from typing import Any

from holobase.api import asking
from holobase.api.exchange import Exchange
from holobase.domain.errors import Forbidden, NotFound
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.accounts.registry import Listed
from holobase.engine.application import Application
from holobase.kit import dates


class SessionEndpoints:
    """The endpoints of sessions: one's own, and for superusers those of an `account`."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def page(self, exchange: Exchange) -> None:
        """GET: where the account is logged in, the newest session first."""
        request, account = await self._asked(exchange)
        listed = await self._application.registry.listed(account)
        answer = {"items": [_shown(each, request.session) for each in listed]}
        await exchange.answer(200, asking.picked(answer, asking.fields_of(exchange)))

    async def end(self, exchange: Exchange, session_id: str) -> None:
        """DELETE: ends one session: its tokens are refused from now on; 204."""
        request, account = await self._asked(exchange)
        if not await self._application.sessions.end(account, session_id, request):
            raise NotFound("not_found")
        await exchange.answer(204)

    async def end_all(self, exchange: Exchange) -> None:
        """DELETE: ends every session, this one included, and all other tokens; 204."""
        request, account = await self._asked(exchange)
        await self._application.sessions.end_all(account, request)
        await exchange.answer(204)

    async def end_others(self, exchange: Exchange) -> None:
        """POST: ends every session and token but for a fresh one, which is the answer."""
        request, account = exchange.request, asking.account_of(exchange)
        fields = asking.fields_of(exchange)
        application = self._application
        known = await application.principals.resolve(exchange.token)
        if known is None or not known.refreshable:  # it shall not outlive what it was made for
            raise Forbidden("wrong_account_kind")
        definition = application.catalogue.get(account.collection_name)
        login = application.login
        session = await application.kernel.steadily(
            definition, lambda current: login.start_anew(current, account.id, request)
        )
        record = await application.kernel.steadily(
            definition,
            lambda current: application.reading.show(
                current, session.record, session.request, asking.expand_of(exchange)
            ),
        )
        answer = {"record": record, "token": session.token}
        await exchange.answer(200, asking.picked(answer, fields))

    async def _asked(self, exchange: Exchange) -> tuple[Request, Record]:
        """The request, and whose sessions it is about. For anybody else's than a superuser's eyes
        another account is not there."""
        request, own = exchange.request, asking.account_of(exchange)
        wanted = exchange.query.get("account", "")
        if wanted in ("", own.id):
            return request, own
        account = None
        if request.is_superuser:
            account = await self._application.principals.anywhere(wanted)
        if account is None:
            raise NotFound("not_found")
        return request, account


def _shown(listed: Listed, current: str) -> dict[str, Any]:
    values = listed.record.values
    return {
        "id": listed.record.id,
        "method": values["method"],
        "address": values["address"],
        "device": values["device"],
        "created": values["created"],
        "lastSeen": dates.from_milliseconds(listed.seen) if listed.seen else values["created"],
        "current": listed.record.id == current,
    }
