"""Whose account somebody at a provider is, and what becomes of it: all of it in one command, so
that an account, its link and what keeps others out of it are there together or not at all.
"""

from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from holobase.domain.errors import NotFound
from holobase.domain.principal import EXTERNAL_AUTHS
from holobase.domain.record import Record
from holobase.engine.access import Rules
from holobase.engine.accounts import changes
from holobase.engine.accounts.belongings import belongings
from holobase.engine.catalogue import Definition
from holobase.engine.drafts import Draft
from holobase.engine.kernel import Kernel
from holobase.engine.oauth2.people import Person
from holobase.engine.unit import Unit
from holobase.ports import command
from holobase.ports.command import Command
from holobase.ports.statement import Statement
from holobase.rules.tables import record_table

OWNER, PROVIDER, PERSON = "owner", "provider", "person"
"""Keys of the parameters a link is looked up by."""


class Outpaced(Exception):
    """An account came or went since the plan was made: it is to be made anew."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was prepared outside for somebody at a provider.

    `caller_id`: the caller's own account, where it is one of this collection. `found_id`: the
    account with the person's address, as it was when somebody last looked. `draft`: a new account,
    where there seemed to be none. `unknowable`: a hash that no known password has.
    """

    provider: str
    person: Person
    caller_id: str
    found_id: str
    unknowable: str
    draft: Draft[Record] | None = None


class Linked(msgspec.Struct, frozen=True):
    """The account, and whether it was made just now."""

    record: Record
    is_new: bool


class Linking:
    """Finds and makes links."""

    def __init__(self, kernel: Kernel, rules: Rules) -> None:
        self._kernel = kernel
        self._rules = rules

    def settle(self, unit: Unit, definition: Definition, plan: Plan) -> Command[Linked]:
        """The account of the person, linked.

        Raises NotFound (linked to an account that is gone), Outpaced, and what creating an account
        raises.
        """
        record = yield from self._account(unit, definition, plan)
        is_new = record is None
        if record is None:
            if plan.draft is None:
                raise Outpaced
            record = yield from plan.draft.command(unit)
            record = yield from self._confirmed(unit, definition, record, plan)
        else:
            record = yield from self._trusted(unit, definition, record, plan)
        if (yield from self._link(unit, definition, plan)) is None:
            link = {
                "collectionRef": definition.collection.id,
                "recordRef": record.id,
                "provider": plan.provider,
                "providerId": plan.person.id,
            }
            yield from unit.create(EXTERNAL_AUTHS, link)
        return Linked(record, is_new)

    async def is_linked(self, definition: Definition, plan: Plan) -> bool:
        """Whether the person has an account here, as it was just now."""
        statement = self._statement(self._kernel.catalogue.get(EXTERNAL_AUTHS))
        given = _given(definition, plan)
        return bool(await self._kernel.store.fetch(statement, statement.bind(given=given)))

    def _account(self, unit: Unit, definition: Definition, plan: Plan) -> Command[Record | None]:
        """By the link, else the caller's own, else by the address that the provider vouches for."""
        linked = yield from self._link(unit, definition, plan)
        found = linked or plan.caller_id or plan.found_id
        if not found:
            return None
        record = yield from command.load(definition.collection, found)
        if record is None:
            raise NotFound("not_found") if linked else Outpaced
        is_by_address = not linked and not plan.caller_id
        if is_by_address and record.values["email"] != plan.person.email:
            raise Outpaced
        return record

    def _confirmed(
        self, unit: Unit, definition: Definition, record: Record, plan: Plan
    ) -> Command[Record]:
        """A new account whose address is the provider's is verified; so is one without any."""
        if record.values["verified"] or record.values["email"] != plan.person.email:
            return record
        return (yield from unit.replace(definition, record, {**record.values, "verified": True}))

    def _trusted(
        self, unit: Unit, definition: Definition, record: Record, plan: Plan
    ) -> Command[Record]:
        """An account that was there before.

        Nobody had confirmed the address of an unverified one: whoever made it may not have been its
        owner. So what they know (the password, tokens) and what they linked ends, before the owner
        finds a home in it.
        """
        before, email = record.values, plan.person.email
        values = dict(before)
        if not before["verified"]:
            if record.id != plan.caller_id:
                values["password"] = plan.unknowable
            values["verified"] = before["email"] in ("", email)
        values["email"] = before["email"] or email
        if values != before:
            yield from changes.settle(unit, definition, before, values)
            record = yield from unit.replace(definition, record, values)
        if not before["verified"]:
            owner = definition.collection.id
            for link in (yield from belongings(unit, EXTERNAL_AUTHS, owner, record.id)):
                yield from unit.delete(EXTERNAL_AUTHS, link.id)
        return record

    def _link(self, unit: Unit, definition: Definition, plan: Plan) -> Command[str | None]:
        """The id of the account that the person is linked to."""
        statement = self._statement(unit.catalogue.get(EXTERNAL_AUTHS))
        values = statement.bind(given=_given(definition, plan))
        rows = yield from command.select(statement, values)
        return str(rows[0][0]) if rows else None

    def _statement(self, links: Definition) -> Statement:
        return self._rules.cached(("link", links.key), lambda: self._compiled(links))

    def _compiled(self, links: Definition) -> Statement:
        table = record_table(links.collection)
        query = sa.select(table.c.recordRef).where(
            table.c.collectionRef == sa.bindparam(OWNER),
            table.c.provider == sa.bindparam(PROVIDER),
            table.c.providerId == sa.bindparam(PERSON),
        )
        return self._kernel.store.statement(query)


def _given(definition: Definition, plan: Plan) -> dict[str, str]:
    return {OWNER: definition.collection.id, PROVIDER: plan.provider, PERSON: plan.person.id}
