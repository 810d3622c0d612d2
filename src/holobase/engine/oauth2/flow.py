"""A login by another service, from what the client brings to a session: who it stands for, whose
account that is, and then the way that every login goes.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from holobase.domain.auth_options import OAuth2
from holobase.domain.errors import (
    BadRequest,
    FieldError,
    Forbidden,
    Invalid,
    Unavailable,
)
from holobase.domain.fields import FileField, TextField
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.access import Rules
from holobase.engine.accounts.attempts import Attempt
from holobase.engine.accounts.passwords import unknowable
from holobase.engine.accounts.principals import Principals
from holobase.engine.catalogue import Definition
from holobase.engine.collections.indexes import unique_columns
from holobase.engine.drafts import Draft
from holobase.engine.files.uploads import NO_FILES, SentFile, SentFiles
from holobase.engine.kernel import Kernel
from holobase.engine.login import Login, Proof, Session
from holobase.engine.oauth2 import apple
from holobase.engine.oauth2.configured import configured, named
from holobase.engine.oauth2.documents import Documents
from holobase.engine.oauth2.linking import Linked, Linking, Outpaced, Plan
from holobase.engine.oauth2.offers import offers
from holobase.engine.oauth2.people import Person, ProviderFailed
from holobase.engine.writing import Writing
from holobase.kit import dates, ids
from holobase.kit.json import Json
from holobase.ports.fetch import Fetch, Fetcher, FetchFailed

if TYPE_CHECKING:
    from holobase.engine.oauth2.protocol import Known, Protocol

PROVIDER_LENGTH_MAX = 100
"""Bytes of a provider's name, as in PocketBase."""

PERSON_LENGTH_MAX = 500
"""Characters of a person's id at a provider: OpenID says 255, and an index holds so many."""

PICTURE_BYTES_MAX = 32 * 1024 * 1024
"""Largest picture that is fetched, whatever the field would hold; as in PocketBase."""

PICTURE_BYTES_DEFAULT = 5 * 1024 * 1024
PICTURE_SECONDS = 10.0
"""How long a picture is waited for; the person waits too."""

PASSWORD_LENGTH = 30
ATTEMPTS_MAX = 3
"""Runs of one login whose account comes or goes between its preparing and its turn."""

_log = logging.getLogger("holobase.oauth2")


class Brought(msgspec.Struct, frozen=True, rename="camel"):
    """What a client brings back from a provider. `redirect_url` has an older spelling."""

    provider: str | None = None
    code: str | None = None
    code_verifier: str | None = None
    redirect_url: str | None = msgspec.field(default=None, name="redirectURL")
    older_redirect_url: str | None = msgspec.field(default=None, name="redirectUrl")
    create_data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """A session, and what the provider told, as the wire has it."""

    session: Session
    meta: Mapping[str, Json]


class OAuth2Login:
    """Logins by other services."""

    def __init__(
        self,
        kernel: Kernel,
        rules: Rules,
        writing: Writing,
        principals: Principals,
        login: Login,
        fetcher: Fetcher,
    ) -> None:
        self._kernel = kernel
        self._writing = writing
        self._principals = principals
        self._login = login
        self._fetcher = fetcher
        self._linking = Linking(kernel, rules)
        self._documents = Documents(fetcher)
        self._protocol: asyncio.Task[Protocol] | None = None

    async def offers(self, oauth2: OAuth2) -> list[dict[str, str]]:
        """What clients are told of a collection's providers."""
        return await offers(oauth2, self._documents)

    async def enter(
        self, definition: Definition, body: Mapping[str, Json], request: Request
    ) -> Entered:
        """A session for whom the code stands for, whose account is made where there is none.

        Raises Forbidden (disabled, or a rule), Invalid (missing parts, or what a new account
        lacks), BadRequest (the provider does not know the code), NotFound (the account is gone) and
        OneMoreStep. An account and its link stay where only the session is refused.
        """
        auth = definition.collection.auth
        if auth is None or not auth.oauth2.enabled:
            raise Forbidden("oauth2_disabled")
        brought = _brought(body, auth.oauth2)
        attempt = Attempt("oauth2", definition, "", request)
        proving = partial(self._proved, auth.oauth2, brought, request)
        known = await self._login.bounded(attempt, proving)
        linked = await self._kernel.steadily(
            definition, lambda current: self._linked(current, brought, known.person, request)
        )
        session = await self._kernel.steadily(
            definition,
            lambda current: self._login.enter(
                current, linked.record, Proof("oauth2", request, body)
            ),
        )
        return Entered(session, _meta(known, is_new=linked.is_new))

    async def _proved(self, oauth2: OAuth2, brought: Brought, request: Request) -> "Known":
        known = await self._known(oauth2, brought, request.now or self._kernel.clock())
        _check_id(known.person.id)
        return known

    async def _known(self, oauth2: OAuth2, brought: Brought, now: int) -> "Known":
        from holobase.engine.oauth2.protocol import Code  # noqa: PLC0415 - see there

        found = named(oauth2, brought.provider or "")
        provider = configured(found) if found else None
        if provider is None:
            raise BadRequest("oauth2_failed")
        code, name = brought.code or "", ""
        if provider.name == apple.NAME:
            code, name = apple.split(code, self._kernel.sealer)
        redirect_url = brought.redirect_url or brought.older_redirect_url or ""
        protocol = await self._loaded()
        try:
            sent = Code(code, brought.code_verifier or "", redirect_url)
            known = await protocol.known(provider, sent, now)
        except ProviderFailed as error:
            _log.warning("a login by %s failed: %s", provider.name, error)
            raise BadRequest("oauth2_failed") from error
        if name and not known.person.name:
            known = replace(known, person=replace(known.person, name=name))
        return known

    async def _loaded(self) -> "Protocol":
        if self._protocol is None:
            self._protocol = asyncio.create_task(asyncio.to_thread(self._load))
        return await asyncio.shield(self._protocol)

    def _load(self) -> "Protocol":
        from holobase.engine.oauth2.protocol import Protocol  # noqa: PLC0415 - see there

        return Protocol(self._fetcher, self._documents)

    async def _linked(
        self, definition: Definition, brought: Brought, person: Person, request: Request
    ) -> Linked:
        request = request.but(context="oauth2", query={})
        caller = request.auth
        is_own = caller is not None and caller.collection_id == definition.collection.id
        plan = Plan(
            provider=brought.provider or "",
            person=person,
            caller_id=caller.id if caller and is_own else "",
            found_id="",
            unknowable=unknowable(definition.password.cost),
        )
        with_picture = True
        for _ in range(ATTEMPTS_MAX):
            plan = await self._planned(definition, brought, plan, request, with_picture)
            settle = partial(self._linking.settle, definition=definition, plan=plan)
            try:
                if plan.draft is None:
                    return await self._kernel.run(request, settle)
                return await self._writing.run_within(plan.draft, settle)
            except Outpaced:
                continue
            except Invalid as refused:
                if not (with_picture and _picture_field(definition) in refused.errors):
                    raise
                with_picture = False  # no reason to turn somebody away
        raise Unavailable("the account keeps changing")

    async def _planned(
        self,
        definition: Definition,
        brought: Brought,
        plan: Plan,
        request: Request,
        with_picture: bool,
    ) -> Plan:
        """With the account of this address, or else a new one, where one may be needed."""
        found = await self._principals.named(definition, "email", plan.person.email)
        plan = replace(plan, found_id=found.id if found else "", draft=None)
        if plan.caller_id or plan.found_id:
            return plan
        if await self._linking.is_linked(definition, plan):
            return plan
        draft = await self._draft(definition, brought, plan, request, with_picture)
        return replace(plan, draft=draft)

    async def _draft(
        self,
        definition: Definition,
        brought: Brought,
        plan: Plan,
        request: Request,
        with_picture: bool,
    ) -> Draft[Record]:
        sent = brought.create_data or {}
        body = await self._filled(definition, sent, plan.person)
        name, files = _picture_field(definition), NO_FILES
        if with_picture and name and name not in sent:
            files = await self._picture(definition, name, plan.person.avatar_url)
        hashes: dict[str, str] = {}
        if not body.get("password"):
            body["password"] = body["passwordConfirm"] = ids.random_text(PASSWORD_LENGTH)
            hashes["password"] = plan.unknowable
        creating = request.but(method="POST")
        return await self._writing.draft_create(definition, body, creating, files, hashes)

    async def _picture(self, definition: Definition, name: str, url: str) -> SentFiles:
        """The picture at an address, if it can be had: nobody waits for it long."""
        if not url:
            return NO_FILES
        field = definition.collection.field_by_name[name]
        bytes_max = getattr(field, "max_size", 0) or PICTURE_BYTES_DEFAULT
        wanted = Fetch(url, bytes_max=min(bytes_max, PICTURE_BYTES_MAX), seconds=PICTURE_SECONDS)
        try:
            answer = await self._fetcher.fetch(wanted)
        except FetchFailed as error:
            _log.warning("a picture could not be had: %s", error)
            return NO_FILES
        if answer.status != 200 or not answer.body:
            return NO_FILES
        called = urlsplit(url).path.rpartition("/")[2] or "picture"
        return {name: [SentFile(called, BytesIO(answer.body), len(answer.body))]}

    async def _filled(
        self, definition: Definition, sent: Mapping[str, Json], person: Person
    ) -> dict[str, Json]:
        """What was sent for a new account, filled up with what the provider tells."""
        body = dict(sent)
        body["email"] = body.get("email") or person.email
        auth = definition.collection.auth
        mapped = auth.oauth2.mapped_fields if auth else None
        if mapped is None:
            return body
        found = {mapped.id: person.id, mapped.name: person.name}
        if await self._fits(definition, mapped.username, person.username):
            found[mapped.username] = person.username
        if person.avatar_url and not _picture_field(definition):
            found[mapped.avatar_url] = person.avatar_url
        return {name: text for name, text in found.items() if name} | body

    async def _fits(self, definition: Definition, name: str, text: str) -> bool:
        """Whether a username can be somebody's here: it is a courtesy, so no reason to fail."""
        field = definition.collection.field_by_name.get(name)
        if not text or not isinstance(field, TextField) or field.validate(text) is not None:
            return False
        if name not in unique_columns(definition.collection.indexes):
            return True
        return await self._principals.named(definition, name, text) is None


def _picture_field(definition: Definition) -> str:
    """The field that takes pictures as files; empty where there is none."""
    auth = definition.collection.auth
    name = auth.oauth2.mapped_fields.avatar_url if auth else ""
    return name if isinstance(definition.collection.field_by_name.get(name), FileField) else ""


def _brought(body: Mapping[str, Json], oauth2: OAuth2) -> Brought:
    try:
        brought = msgspec.convert(body, Brought)
    except msgspec.ValidationError as error:
        raise BadRequest("malformed_body") from error
    errors: dict[str, FieldError] = {}
    name = brought.provider or ""
    if not name:
        errors["provider"] = FieldError("validation_required")
    elif len(name.encode()) > PROVIDER_LENGTH_MAX:
        limits = {"min": 0, "max": PROVIDER_LENGTH_MAX}
        errors["provider"] = FieldError("validation_length_too_long", limits)
    elif named(oauth2, name) is None:
        errors["provider"] = FieldError("validation_invalid_provider", {"name": name})
    if not brought.code:
        errors["code"] = FieldError("validation_required")
    if errors:
        raise Invalid("login_failed", errors)
    return brought


def _check_id(person_id: str) -> None:
    """Refuses an id that can be nobody's. Raises Invalid."""
    error: FieldError | None = None
    if not person_id:
        error = FieldError("validation_required")
    elif len(person_id) > PERSON_LENGTH_MAX:
        error = FieldError("validation_max_text_constraint", {"max": PERSON_LENGTH_MAX})
    if error:
        raise Invalid("login_failed", {"providerId": error})


def _meta(known: "Known", *, is_new: bool) -> Mapping[str, Json]:
    person = known.person
    return {
        "accessToken": known.access_token,
        "avatarURL": person.avatar_url,
        "avatarUrl": person.avatar_url,
        "email": person.email,
        "expiry": dates.from_milliseconds(known.expires) if known.expires else "",
        "id": person.id,
        "isNew": is_new,
        "name": person.name,
        "rawUser": known.raw,
        "refreshToken": known.refresh_token,
        "username": person.username,
    }
