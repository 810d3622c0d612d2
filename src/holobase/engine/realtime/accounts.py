"""Accounts that clients are bound to, as they are now: one for all connections of a person.

A new token key, a suspension or a deletion takes the account away from its clients at once, the end
of a session from those that came with it; they stay connected, as guests.
"""

from typing import TYPE_CHECKING

import msgspec

from holobase.domain.event import DEFINITIONS, DELETED, Event
from holobase.domain.principal import SESSIONS
from holobase.domain.record import Record
from holobase.engine.accounts.principals import Principals
from holobase.engine.catalogue import Catalogue

if TYPE_CHECKING:
    from holobase.engine.realtime.clients import Client


class Account:
    """Somebody who listens. `record` None is a guest. `secret` signed the token it came with, and
    `clients` are bound to it. One that is deleted is gone already, but still told of what goes with
    it."""

    __slots__ = ("clients", "is_gone", "record", "secret")

    def __init__(self, record: Record | None, secret: str = "") -> None:
        self.record = record
        self.secret = secret
        self.clients: set[Client] = set()
        self.is_gone = False

    @property
    def key(self) -> tuple[str, str] | None:
        """Collection and id of the account."""
        return (self.record.collection_id, self.record.id) if self.record else None


GUEST = Account(None)


class Accounts:
    """The accounts of all clients of this process."""

    def __init__(self, catalogue: Catalogue, principals: Principals) -> None:
        self._catalogue = catalogue
        self._principals = principals
        self._bound: dict[tuple[str, str], Account] = {}

    def bind(self, client: "Client", record: Record) -> Account:
        """The account of a record, for one client more."""
        key = (record.collection_id, record.id)
        account = self._bound.get(key)
        if account is None:
            account = self._bound[key] = Account(record, self._secret(record.collection_id))
        account.clients.add(client)
        return account

    def let_go(self, client: "Client") -> None:
        """One client less."""
        account = client.account
        account.clients.discard(client)
        if account.key is not None and not account.clients:
            self._bound.pop(account.key, None)

    async def ended_by(self, event: Event) -> list[Account]:
        """The accounts that an event takes away from their clients; others are as it left them."""
        collection_id, _, record_id = event.stream.partition("/")
        if collection_id == DEFINITIONS:
            return [each for each in list(self._bound.values()) if not await self._stays(each)]
        account = self._bound.get((collection_id, record_id))
        if account is None:
            return []
        account.is_gone = event.kind == DELETED
        return [] if await self._stays(account) else [account]

    def logged_out_by(self, event: Event) -> list["Client"]:
        """The clients whose session an event ends; others of the account stay."""
        if event.collection != SESSIONS or event.kind != DELETED:
            return []
        session = msgspec.json.decode(event.data)
        account = self._bound.get((session["collectionRef"], session["recordRef"]))
        clients = account.clients if account else ()
        return [client for client in clients if client.session == event.record_id]

    async def _stays(self, account: Account) -> bool:
        """Whether the account is still good, brought up to date."""
        before = account.record
        definition = self._catalogue.by_id(before.collection_id) if before else None
        if before is None or definition is None or not definition.collection.is_auth:
            return False
        if self._secret(before.collection_id) != account.secret:
            return False
        record = await self._principals.load(definition, before.id)
        if record is None or record.values["tokenKey"] != before.values["tokenKey"]:
            return False
        account.record = record
        return self._principals.may_act(definition, record)

    def _secret(self, collection_id: str) -> str:
        definition = self._catalogue.by_id(collection_id)
        auth = definition.collection.auth if definition else None
        return auth.auth_token.secret if auth else ""
