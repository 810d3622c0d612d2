"""Creating, updating and deleting records for somebody.

Whatever is slow (hashing, comparing an old password) is prepared here, before the command runs;
the commands themselves are in `drafts`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import sqlalchemy as sa

from holobase.domain.errors import BadRequest, Forbidden, Unavailable
from holobase.domain.fields import TextField
from holobase.domain.fields.text import ID_PATTERN_DEFAULT
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine import drafts, submission
from holobase.engine.access import Rules, is_waived
from holobase.engine.accounts import changes, hashing
from holobase.engine.accounts.attempts import Attempt, Attempts
from holobase.engine.accounts.changes import OldPassword
from holobase.engine.accounts.hashing import Unprepared
from holobase.engine.accounts.passwords import Passwords
from holobase.engine.accounts.principals import Principals
from holobase.engine.catalogue import Definition
from holobase.engine.drafts import Checks, Draft, first_values, with_body
from holobase.engine.files.keeper import Baggage, Keeper
from holobase.engine.files.uploads import NO_FILES, SentFiles, keys_of
from holobase.engine.kernel import Kernel
from holobase.engine.permissions import Permissions
from holobase.engine.submission import Submission
from holobase.engine.unit import Unit
from holobase.kit.json import Json
from holobase.ports.command import Command
from holobase.ports.statement import Statement
from holobase.rules.dialect import Lower
from holobase.rules.tables import record_table

T = TypeVar("T")
R = TypeVar("R")

ATTEMPTS_MAX = 3
"""Runs of one write whose account changes between its preparing and its turn."""


class Writing:
    """The write side of records."""

    def __init__(
        self,
        kernel: Kernel,
        rules: Rules,
        passwords: Passwords,
        principals: Principals,
        permissions: Permissions,
        keeper: Keeper,
        attempts: Attempts,
    ) -> None:
        self._kernel = kernel
        self._rules = rules
        self._passwords = passwords
        self._principals = principals
        self._permissions = permissions
        self._keeper = keeper
        self._attempts = attempts

    async def create(
        self,
        definition: Definition,
        body: Mapping[str, Json],
        request: Request,
        files: SentFiles = NO_FILES,
    ) -> Record:
        """The new record. Raises Forbidden, BadRequest (the rule), Invalid (the values)."""

        async def attempt(current: Definition) -> Record:
            return await self.run(await self.draft_create(current, body, request, files))

        return await self._kernel.steadily(definition, attempt)

    async def update(
        self,
        definition: Definition,
        record_id: str,
        body: Mapping[str, Json],
        request: Request,
        seen: frozenset[int] | None = None,
        files: SentFiles = NO_FILES,
    ) -> Record:
        """The changed record, if its last edit is one of those `seen`.

        Raises Forbidden, NotFound (also the rule), Outdated, Invalid.
        """

        async def attempt(current: Definition) -> Record:
            draft = await self.draft_update(current, record_id, body, request, seen, files)
            return await self.run(draft)

        return await self._kernel.steadily(definition, attempt)

    async def delete(
        self,
        definition: Definition,
        record_id: str,
        request: Request,
        seen: frozenset[int] | None = None,
    ) -> None:
        """Deletes the record, if its last edit is one of those `seen`.

        Raises Forbidden, NotFound (also the rule), Outdated, BadRequest.
        """

        async def attempt(current: Definition) -> None:
            await self.run(self.draft_delete(current, record_id, request, seen))

        await self._kernel.steadily(definition, attempt)

    async def draft_create(
        self,
        definition: Definition,
        body: Mapping[str, Json],
        request: Request,
        files: SentFiles = NO_FILES,
        hashes: Mapping[str, str] | None = None,
    ) -> Draft[Record]:
        """A create that is ready to run; passwords whose `hashes` are given count as they are.

        Raises Forbidden and BadRequest (a view).
        """
        rule = self._rule(definition, definition.collection.create_rule, request)
        checks = self._checks(definition, rule, request, is_create=True)
        prepared, baggage = await self._prepare(definition, body, request, files, hashes or {})
        is_pending = hashing.is_pending(prepared)
        if is_pending and await self._may_be_created(definition, prepared, checks, request):
            prepared = await hashing.hashed(definition, prepared, self._passwords)
        draft = Draft(drafts.create, definition, request, prepared, checks, baggage=baggage)
        if baggage.uploads:
            draft.new_id = submission.new_id(definition)
        draft.foresee()
        return draft

    async def draft_update(
        self,
        definition: Definition,
        record_id: str,
        body: Mapping[str, Json],
        request: Request,
        seen: frozenset[int] | None = None,
        files: SentFiles = NO_FILES,
    ) -> Draft[Record]:
        """An update that is ready to run. Raises Forbidden and BadRequest (a view)."""
        rule = self._rule(definition, definition.collection.update_rule, request)
        checks = self._checks(definition, rule, request, is_create=False)
        prepared, baggage = await self._prepare(definition, body, request, files, {})
        draft = Draft(
            drafts.update, definition, request, prepared, checks, record_id, None, seen, "", baggage
        )
        if prepared.hashes or (definition.collection.is_auth and changes.needs_old_password(body)):
            record = await self._for_update(draft)
            if record is not None:
                draft.old = await self._old_password(draft, record)
                if _may_be_updated(draft, record):
                    draft.prepared = await hashing.hashed(definition, prepared, self._passwords)
        return draft

    def draft_delete(
        self,
        definition: Definition,
        record_id: str,
        request: Request,
        seen: frozenset[int] | None = None,
    ) -> Draft[None]:
        """A delete that is ready to run. Raises Forbidden and BadRequest (a view)."""
        rule = self._rule(definition, definition.collection.delete_rule, request)
        checks = self._checks(definition, rule, request, is_create=False)
        prepared = Submission({}, request.is_superuser)
        return Draft(drafts.delete, definition, request, prepared, checks, record_id, seen=seen)

    async def complete(self, draft: Draft[T], lack: Unprepared) -> None:
        """Does for a draft what its command found undone."""
        if lack.keep_for:
            collection_id = draft.definition.collection.id
            await self._keeper.store(collection_id, lack.keep_for, draft.baggage)
        elif lack.compare:
            given = changes.sent(draft.prepared.body, "oldPassword")
            matches = await self._passwords.verify(given, lack.compare)
            draft.old = OldPassword(lack.compare, matches)
        else:
            draft.prepared = await hashing.hashed(draft.definition, draft.prepared, self._passwords)

    async def run(self, draft: Draft[T]) -> T:
        """What comes of a draft. Takes its place among all writes before it first waits."""
        return await self.run_within(draft, draft.command)

    async def run_within(self, draft: Draft[T], command: Callable[[Unit], Command[R]]) -> R:
        """What comes of a command that runs the draft among other things, or does not after all."""
        is_kept = False
        try:
            for _ in range(ATTEMPTS_MAX):
                try:
                    done = await self._kernel.run(draft.request, command)
                except Unprepared as lack:
                    await self.complete(draft, lack)
                else:
                    is_kept = True
                    return done
            raise Unavailable("the account keeps changing")
        finally:
            await self.release(draft, is_kept=is_kept)

    async def release(self, draft: Draft[Any], *, is_kept: bool) -> None:
        """Removes the files of a write that no record came to name, and what they came as."""
        await self._keeper.finish(draft.baggage, is_kept=is_kept)

    @staticmethod
    def _rule(definition: Definition, rule: str | None, request: Request) -> str:
        if definition.collection.is_view:
            raise BadRequest("unsupported_collection_type")
        if rule is None and not request.is_superuser:
            raise Forbidden("superusers_only")
        return rule or ""

    def _checks(
        self, definition: Definition, rule: str, request: Request, *, is_create: bool
    ) -> Checks:
        compiled = self._rules.virtual_check if is_create else self._rules.record_check
        auth = definition.collection.auth
        manage = auth.manage_rule if auth and request.auth else None
        free = is_waived(rule, request)
        return Checks(
            rule=None if free else compiled(definition, rule, request),
            is_free=free,
            manage=compiled(definition, manage, request) if manage else None,
            same_id=self._same_id(definition) if is_create else None,
        )

    def _same_id(self, definition: Definition) -> Statement | None:
        """The statement that looks for an id in whatever case, where ids may have both."""
        key = definition.collection.field_by_name["id"]
        if not isinstance(key, TextField) or key.pattern == ID_PATTERN_DEFAULT:
            return None
        table = record_table(definition.collection)
        wanted = sa.bindparam(drafts.ID_IN_LOWER_CASE, type_=sa.Text())
        query = sa.select(table.c.id).select_from(table).where(Lower(table.c.id) == wanted)
        return self._rules.cached(
            ("same id", definition.key), lambda: self._kernel.store.statement(query.limit(1))
        )

    async def _prepare(
        self,
        definition: Definition,
        body: Mapping[str, Json],
        request: Request,
        files: SentFiles,
        hashes: Mapping[str, str],
    ) -> tuple[Submission, Baggage]:
        baggage = Baggage()
        if files or (definition.files and not keys_of(definition).isdisjoint(body)):
            body, baggage = await self._keeper.pack(definition, body, request, files)
        prepared = Submission(body, request.is_superuser, hashes=hashes, uploads=baggage.uploads)
        has_guarded = any(key.strip("+-") in definition.guarded for key in body)
        if has_guarded and not request.is_superuser and request.auth is not None:
            granted = await self._permissions.of(request.auth)
            prepared = replace(prepared, permissions=granted)
        return hashing.announced(definition, prepared), baggage

    async def _may_be_created(
        self, definition: Definition, prepared: Submission, checks: Checks, request: Request
    ) -> bool:
        """Whether a create is worth hashing for: False only where it will be refused."""
        values, submitted = first_values(definition, prepared)
        submission.autogenerate(definition, values)
        asking = with_body(request, definition, prepared, submitted)
        if not checks.is_free and (
            checks.rule is None or checks.rule.expression.decide(asking) is False
        ):
            return False
        auth = definition.collection.auth
        if auth and changes.password_errors(prepared.body, is_create=True):
            return False
        if prepared.errors or submission.field_errors(definition, values, {}, prepared.uploads):
            return False
        for name in auth.password_auth.identity_fields if auth else ():
            if await self._principals.named(definition, name, values[name]):
                return False
        return True

    async def _for_update(self, draft: Draft[Record]) -> Record | None:
        """The record whose password shall change; None for a stranger, who gets no further."""
        definition, request = draft.definition, draft.request
        record = await self._principals.load(definition, draft.record_id)
        if record is None:
            return None
        submitted = submission.resolve(definition, draft.prepared, record.values)
        asking = with_body(request, definition, draft.prepared, submitted)
        checks = draft.checks
        if checks.is_free or await self._rules.passes(checks.rule, asking, record.id):
            return record
        return None

    async def _old_password(self, draft: Draft[Record], record: Record) -> OldPassword | None:
        """The outcome of comparing the old password; None for who needs to give none. Raises
        TooMany: who has found a token must not find the password by it."""
        if draft.request.is_superuser or not draft.definition.collection.is_auth:
            return None
        if await self._rules.passes(draft.checks.manage, draft.request, record.id):
            return None
        given, stored = changes.sent(draft.prepared.body, "oldPassword"), record.values["password"]
        attempt = Attempt("oldPassword", draft.definition, record.id, draft.request)
        await self._attempts.admit(attempt)
        matches = bool(given) and await self._passwords.verify(given, stored)
        if not matches:
            await self._attempts.failed(attempt)
        return OldPassword(stored, matches)


def _may_be_updated(draft: Draft[Record], record: Record) -> bool:
    """Whether an update is worth hashing for: False only where it will be refused."""
    definition, prepared = draft.definition, draft.prepared
    values = {**record.values, **submission.resolve(definition, prepared, record.values)}
    if definition.collection.is_auth and changes.password_errors(prepared.body, is_create=False):
        return False
    uploads = prepared.uploads
    if prepared.errors or submission.field_errors(definition, values, record.values, uploads):
        return False
    return draft.old is None or draft.old.matches
