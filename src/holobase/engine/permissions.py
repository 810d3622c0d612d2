"""What an account may do through its roles."""

from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from holobase.domain.fields import SelectField
from holobase.domain.principal import SUPERUSERS
from holobase.domain.record import Record
from holobase.engine.access import Rules
from holobase.engine.catalogue import Catalogue
from holobase.ports.statement import Statement
from holobase.ports.store import Store
from holobase.rules.tables import record_table

ROLES = "roles"
PERMISSIONS = "permissions"


@dataclass(frozen=True, slots=True)
class Role:
    """A role as it is stored."""

    id: str
    name: str
    permissions: tuple[str, ...]


class Permissions:
    """Looks up the permissions of the roles that an account's `roles` field names."""

    def __init__(self, catalogue: Catalogue, store: Store, rules: Rules) -> None:
        self._catalogue = catalogue
        self._store = store
        self._rules = rules

    async def of(self, account: Record) -> frozenset[str]:
        """All permissions of the account's roles."""
        return frozenset(name for role in await self.roles_of(account) for name in role.permissions)

    async def effective(self, account: Record) -> frozenset[str]:
        """What the account may do in the end: superusers may do everything."""
        if account.collection_name == SUPERUSERS:
            return self.known
        return await self.of(account)

    async def roles_of(self, account: Record) -> list[Role]:
        """The account's roles; none where accounts of its kind have none, or could take some by
        themselves: only a field that the server guards tells of roles."""
        definition = self._catalogue.find(account.collection_id)
        declared = definition.declared.get(ROLES) if definition else None
        named = account.values.get(ROLES)
        if not named or declared is None or declared.server is None:
            return []
        statement = self._rules.cached("roles", self._statement)
        found = []
        for role_id in named:
            rows = await self._store.fetch(statement, statement.bind(given={"role": role_id}))
            found += [_role(*row) for row in rows]
        return found

    async def roles(self) -> list[Role]:
        """All roles there are, by name."""
        if self._catalogue.find(ROLES) is None:
            return []
        table = record_table(self._catalogue.get(ROLES).collection)
        query = sa.select(table.c.id, table.c.name, table.c[PERMISSIONS]).order_by(table.c.name)
        statement = self._store.statement(query)
        return [_role(*row) for row in await self._store.fetch(statement, statement.bind())]

    @property
    def known(self) -> frozenset[str]:
        """Every permission there is."""
        definition = self._catalogue.find(ROLES)
        field = definition.collection.field_by_name.get(PERMISSIONS) if definition else None
        return frozenset(field.values) if isinstance(field, SelectField) else frozenset()

    def _statement(self) -> Statement:
        table = record_table(self._catalogue.get(ROLES).collection)
        query = sa.select(table.c.id, table.c.name, table.c[PERMISSIONS])
        return self._store.statement(query.where(table.c.id == sa.bindparam("role")))


def _role(role_id: str, name: str, permissions: str) -> Role:
    return Role(role_id, name, tuple(msgspec.json.decode(permissions, type=list[str])))
