"""What an account may do through its roles."""

import msgspec
import sqlalchemy as sa

from holobase.domain.record import Record
from holobase.engine.access import Rules
from holobase.engine.catalogue import Catalogue
from holobase.ports.statement import Statement
from holobase.ports.store import Store
from holobase.rules.tables import record_table

ROLES = "roles"
PERMISSIONS = "permissions"


class Permissions:
    """Looks up the permissions of the roles that an account's `roles` field names."""

    def __init__(self, catalogue: Catalogue, store: Store, rules: Rules) -> None:
        self._catalogue = catalogue
        self._store = store
        self._rules = rules

    async def of(self, account: Record) -> frozenset[str]:
        """All permissions of the account; none where accounts of its kind have no roles, or could
        take some by themselves: only a field that the server guards tells of roles."""
        definition = self._catalogue.find(account.collection_id)
        declared = definition.declared.get(ROLES) if definition else None
        roles = account.values.get(ROLES)
        if not roles or declared is None or declared.server is None:
            return frozenset()
        statement = self._rules.cached("permissions", self._statement)
        granted: set[str] = set()
        for role in roles:
            for (permissions,) in await self._store.fetch(
                statement, statement.bind(given={"role": role})
            ):
                granted.update(msgspec.json.decode(permissions, type=list[str]))
        return frozenset(granted)

    def _statement(self) -> Statement:
        table = record_table(self._catalogue.get(ROLES).collection)
        query = sa.select(table.c[PERMISSIONS]).where(table.c.id == sa.bindparam("role"))
        return self._store.statement(query)
