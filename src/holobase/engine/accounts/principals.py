"""From a token to the account behind it. Verified tokens are remembered, and forgotten at once
when their account or its collection changes, or a session of theirs ends.
"""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from holobase.domain.event import DEFINITIONS, Event
from holobase.domain.principal import SESSIONS
from holobase.domain.record import Record
from holobase.engine.access import Rules
from holobase.engine.accounts import tokens
from holobase.engine.accounts.registry import Registry
from holobase.engine.catalogue import Catalogue, Definition
from holobase.engine.steady import steady
from holobase.ports.statement import Statement
from holobase.ports.store import Store
from holobase.rules.tables import record_columns, record_table

REMEMBERED_MAX = 10_000
"""Accounts whose verified tokens are kept in memory."""

TOKENS_PER_ACCOUNT_MAX = 20
"""Devices of one person; beyond, the oldest token is verified anew."""

VALUE = "value"
"""Key of the parameter an account is looked up by."""


@dataclass(frozen=True, slots=True)
class Known:
    """A verified token: whose it is, until when, whether it may be refreshed, and of which session
    it is (empty where nobody has registered it)."""

    record: Record
    expires: float
    refreshable: bool
    session: str = ""


class Principals:
    """The accounts of this instance by their tokens."""

    def __init__(
        self, catalogue: Catalogue, store: Store, rules: Rules, registry: Registry
    ) -> None:
        self._catalogue = catalogue
        self._store = store
        self._rules = rules
        self._registry = registry
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._tokens: dict[tuple[str, str], list[str]] = {}
        self._looking: set[tuple[str, str]] = set()
        store.subscribe(self._forget)

    async def resolve(self, token: str) -> Known | None:
        """The account that the token speaks for, or None: a bad token is nobody, not an error.

        The request must have caught up with the store: then whatever ended the token elsewhere, and
        was answered before the request came, has been told.
        """
        known = self._known.get(token)
        if known is None or known.expires <= time.time():
            known = await steady(self._catalogue, self._store, lambda: self._verify(token))
        if known is not None and known.session:
            self._registry.note(known.session)
        return known

    async def _verify(self, token: str) -> Known | None:
        claim = tokens.claim_of(token, tokens.AUTH, self._catalogue)
        if claim is None:
            return None
        definition, claims = claim.definition, claim.members
        owner = (definition.collection.id, claim.record_id)
        self._looking.add(owner)
        record = await self.load(definition, claim.record_id)
        session = await self._registry.session_of(token)
        is_current = owner in self._looking  # nothing was told of it while we looked
        self._looking.discard(owner)
        if record is None or not tokens.is_valid(token, tokens.signing_key(record, definition)):
            return None
        if session is None or not self.may_act(definition, record):
            return None
        expires = float(claims.get("exp", "inf"))
        known = Known(record, expires, claims.get("refreshable") is True, session)
        if is_current:
            self._remember(token, known)
        return known

    async def load(self, definition: Definition, record_id: str) -> Record | None:
        """An account by id."""
        return await self.named(definition, "id", record_id)

    async def anywhere(self, record_id: str) -> Record | None:
        """An account by id, whatever its collection: ids of accounts are unique across all."""
        for definition in self._catalogue:
            if definition.collection.is_auth:
                found = await self.load(definition, record_id)
                if found is not None:
                    return found
        return None

    async def named(self, definition: Definition, field_name: str, value: str) -> Record | None:
        """The account with this value in a unique field; nobody is named by nothing."""
        statement = self._rules.cached(
            ("account", definition.key, field_name),
            lambda: self._statement(definition, field_name),
        )
        rows = await self._store.fetch(statement, statement.bind(given={VALUE: value}))
        return Record.from_cells(definition.collection, rows[0]) if rows and value else None

    def _statement(self, definition: Definition, field_name: str) -> Statement:
        table = record_table(definition.collection)
        columns = record_columns(table, definition.collection)
        # The second condition lets the partial index on e-mail addresses be used: as a text in
        # the statement, because plans do not look at parameters.
        query = sa.select(*columns).where(
            table.c[field_name] == sa.bindparam(VALUE),
            table.c[field_name] != sa.literal_column("''"),
        )
        return self._store.statement(query)

    def may_act(self, definition: Definition, record: Record) -> bool:
        """Whether an account may use its tokens."""
        declaration = definition.declaration
        return declaration is None or declaration.may_act(record.values)

    def _remember(self, token: str, known: Known) -> None:
        owner = (known.record.collection_id, known.record.id)
        theirs = self._tokens.setdefault(owner, [])
        if len(theirs) >= TOKENS_PER_ACCOUNT_MAX:
            self._known.pop(theirs.pop(0), None)
        theirs.append(token)
        self._known[token] = known
        if len(self._known) > REMEMBERED_MAX:
            _, oldest = next(iter(self._known.items()))
            self._drop((oldest.record.collection_id, oldest.record.id))

    def _drop(self, owner: tuple[str, str]) -> None:
        for token in self._tokens.pop(owner, ()):
            self._known.pop(token, None)

    def _forget(self, events: Sequence[Event]) -> None:
        for event in events:
            collection_id, _, record_id = event.stream.partition("/")
            if collection_id == DEFINITIONS:
                self._known.clear()
                self._tokens.clear()
                self._looking.clear()
                continue
            owner = (collection_id, record_id)
            if event.collection == SESSIONS:  # begun, maybe with a token of old, or ended
                session = msgspec.json.decode(event.data)
                owner = (session.get("collectionRef", ""), session.get("recordRef", ""))
            self._looking.discard(owner)
            if owner in self._tokens:
                self._drop(owner)
