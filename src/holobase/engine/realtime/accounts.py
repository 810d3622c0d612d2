"""Accounts that clients are bound to, as they are now: one for all connections of a person.

A new token key, a suspension or a deletion takes the account away from its clients at once; they
stay connected, as guests.
"""

from collections.abc import Iterable

from holobase.domain.record import Record


class Account:
    """Somebody who listens. `record` None is a guest."""

    __slots__ = ("record",)

    def __init__(self, record: Record | None) -> None:
        self.record = record

    @property
    def key(self) -> tuple[str, str] | None:
        """Collection and id of the account."""
        return (self.record.collection_id, self.record.id) if self.record else None


GUEST = Account(None)


class Accounts:
    """The accounts of all clients of this process."""

    def __init__(self) -> None:
        self._bound: dict[tuple[str, str], tuple[Account, int]] = {}

    def bind(self, record: Record) -> Account:
        """The account of a record, held until it is let go of as often as it was bound."""
        key = (record.collection_id, record.id)
        account, count = self._bound.get(key, (None, 0))
        account = account or Account(record)
        self._bound[key] = (account, count + 1)
        return account

    def let_go(self, account: Account) -> None:
        """One client less."""
        if account.key is None:
            return
        held, count = self._bound.get(account.key, (None, 0))
        if held is account and count > 1:
            self._bound[account.key] = (account, count - 1)
        elif held is account:
            del self._bound[account.key]

    def find(self, collection_id: str, record_id: str) -> Account | None:
        """The account, where a client is bound to it."""
        return self._bound.get((collection_id, record_id), (None, 0))[0]

    def of(self, collection_id: str) -> Iterable[Account]:
        """All accounts of a collection."""
        return [held for held, _ in self._bound.values() if (held.key or ("",))[0] == collection_id]
