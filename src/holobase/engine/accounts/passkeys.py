"""Passkeys: logging in with a key that a device keeps (WebAuthn), which no page elsewhere can ask
for.

A challenge is a text that only we can read: what it is for, for whom, until when. So it is good in
every process, and nothing is stored before it is answered; answering it spends it, once.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec

from holobase.domain.errors import BadRequest, FieldError, Forbidden, Invalid
from holobase.domain.principal import PASSKEYS, Request
from holobase.domain.record import Record
from holobase.engine.accounts import webauthn
from holobase.engine.accounts.belongings import belongings
from holobase.engine.accounts.principals import Principals
from holobase.engine.accounts.tokens import digest
from holobase.engine.catalogue import Definition
from holobase.engine.instance_settings import KeptSettings
from holobase.engine.kernel import Kernel
from holobase.engine.unit import Unit
from holobase.kit import dates, ids
from holobase.kit.json import Json
from holobase.ports.command import Command, link_token

CHALLENGE_SECONDS = 300
"""How long a challenge may be answered: people look for their phones."""

PASSKEYS_MAX = 20
"""Passkeys of one account; nobody has more devices."""

NAME_LENGTH_MAX = 100
"""Characters of the name that somebody gives a passkey."""

SPENT: Final = "challenge/"
"""Begins what is kept instead of a session for a challenge that has been answered."""

Purpose: TypeAlias = Literal["registration", "login"]


class Challenge(msgspec.Struct, frozen=True, array_like=True):
    """What a challenge says to us. `account` is empty where anybody may answer."""

    purpose: Purpose
    collection: str
    account: str
    expires: int
    random: bytes


class Site(msgspec.Struct, frozen=True):
    """What devices tie passkeys to: the domain, and the origin of the pages that may ask."""

    domain: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device answered to a challenge, as it came."""

    credential: Mapping[str, Json] = field(default_factory=dict)
    name: str = ""


class Passkeys:
    """Registers passkeys, and finds whose one is."""

    def __init__(self, kernel: Kernel, principals: Principals, settings: KeptSettings) -> None:
        self._kernel = kernel
        self._principals = principals
        self._settings = settings

    async def registration(self, account: Record, request: Request) -> dict[str, Any]:
        """What a page asks a device for, to make a passkey for an account."""
        site = await self._site()
        known = await self._kernel.run(request, partial(_of, account=account))
        return webauthn.creation(
            site.domain,
            site.name,
            account.id,
            _called(account),
            self._challenge("registration", account.collection_id, account.id),
            [str(each.values["credentialId"]) for each in known],
            CHALLENGE_SECONDS,
        )

    async def register(self, account: Record, answer: Answer, request: Request) -> Record:
        """Keeps the passkey that a device has made. Raises BadRequest where the answer does not
        hold, Invalid for a bad name."""
        if len(answer.name) > NAME_LENGTH_MAX:
            error = FieldError("validation_max_text_constraint", {"max": NAME_LENGTH_MAX})
            raise Invalid("passkey_failed", {"name": error})
        site = await self._site()
        challenge, sent = self._answered(answer, "registration", account.collection_id, account.id)
        made = webauthn.created(answer.credential, sent, site.domain, site.origin)
        if made is None:
            raise BadRequest("passkey_failed")
        values = {
            "name": answer.name,
            "credentialId": made.credential_id,
            "publicKey": made.public_key,
            "signCount": made.sign_count,
            "backedUp": made.is_backed_up,
        }
        keeping = partial(_keep, account=account, values=values, challenge=challenge, sent=sent)
        return await self._kernel.run(request, keeping)

    async def login(self, definition: Definition) -> dict[str, Any]:
        """What a page asks a device for, to log in. It names nobody, so it tells of nobody."""
        site = await self._site()
        challenge = self._challenge("login", definition.collection.id, "")
        return webauthn.request(site.domain, challenge, CHALLENGE_SECONDS)

    async def proved(self, definition: Definition, answer: Answer, request: Request) -> Record:
        """The account whose passkey has answered. Raises BadRequest, the same for every reason."""
        site = await self._site()
        collection_id = definition.collection.id
        challenge, sent = self._answered(answer, "login", collection_id, "")
        credential_id = answer.credential.get("id")
        wanted = credential_id if isinstance(credential_id, str) else ""
        passkeys = self._kernel.catalogue.get(PASSKEYS)
        passkey = await self._principals.named(passkeys, "credentialId", wanted)
        if passkey is None or passkey.values["collectionRef"] != collection_id:
            raise BadRequest("login_failed")
        used = webauthn.used(
            answer.credential,
            sent,
            site.domain,
            site.origin,
            str(passkey.values["publicKey"]),
            int(passkey.values["signCount"]),
        )
        account = await self._principals.load(definition, str(passkey.values["recordRef"]))
        if used is None or account is None or used.account not in ("", account.id):
            raise BadRequest("login_failed")
        noting = partial(
            _note, passkey=passkey, count=used.sign_count, challenge=challenge, sent=sent
        )
        await self._kernel.run(request, noting)
        return account

    def _challenge(self, purpose: Purpose, collection_id: str, account_id: str) -> bytes:
        expires = self._kernel.clock() // 1000 + CHALLENGE_SECONDS
        said = Challenge(purpose, collection_id, account_id, expires, secrets.token_bytes(16))
        return self._kernel.sealer.seal_text(msgspec.msgpack.encode(said), _BOUND).encode()

    def _answered(
        self, answer: Answer, purpose: Purpose, collection_id: str, account_id: str
    ) -> tuple[Challenge, bytes]:
        """The challenge that was answered, and its bytes. Raises BadRequest for any that is not
        ours, was made for something else or somebody else, or is too old."""
        sent = webauthn.challenge_of(answer.credential)
        opened = self._kernel.sealer.open_text(sent.decode("ascii", "replace"), _BOUND)
        if opened is None:
            raise BadRequest("login_failed")
        said = msgspec.msgpack.decode(opened, type=Challenge)
        is_meant = (said.purpose, said.collection, said.account) == (
            purpose,
            collection_id,
            account_id,
        )
        if not is_meant or said.expires <= self._kernel.clock() // 1000:
            raise BadRequest("login_failed")
        return said, sent

    async def _site(self) -> Site:
        meta = (await self._settings.current()).meta
        address = urlsplit(meta.app_url)
        if not address.hostname:
            raise Forbidden("passkeys_need_address")
        return Site(address.hostname, f"{address.scheme}://{address.netloc}", meta.app_name)


_BOUND: Final = (b"passkey challenge",)


def _called(account: Record) -> str:
    """What a device shows people to tell their accounts apart."""
    return str(account.values.get("username") or account.values.get("email") or account.id)


def _of(unit: Unit, account: Record) -> Command[list[Record]]:
    return (yield from belongings(unit, PASSKEYS, account.collection_id, account.id))


def _keep(
    unit: Unit, account: Record, values: Mapping[str, Any], challenge: Challenge, sent: bytes
) -> Command[Record]:
    yield from _spend(challenge, sent)
    if len((yield from _of(unit, account))) >= PASSKEYS_MAX:
        raise BadRequest("too_many_passkeys")
    owner = {"collectionRef": account.collection_id, "recordRef": account.id}
    try:
        return (yield from unit.create(PASSKEYS, {**owner, **values}))
    except Invalid as taken:
        raise BadRequest("passkey_failed") from taken


def _note(
    unit: Unit, passkey: Record, count: int, challenge: Challenge, sent: bytes
) -> Command[None]:
    """Remembers that a passkey was used. Two answers with one count are of two copies of a key."""
    yield from _spend(challenge, sent)
    current = yield from unit.find(PASSKEYS, passkey.id)
    if current is None or (count and current.values["signCount"] >= count):
        raise BadRequest("login_failed")
    changes = {"signCount": count, "lastUsed": dates.from_milliseconds(unit.now)}
    yield from unit.update(PASSKEYS, passkey.id, changes)


def _spend(challenge: Challenge, sent: bytes) -> Command[None]:
    """Answers a challenge, which nobody can do twice: it is kept as tokens are, until it ends."""
    use = SPENT + ids.record_id()
    if (yield from link_token(digest(sent.decode()), use, challenge.expires)) != use:
        raise BadRequest("login_failed")
