"""The settings of the instance, kept as events: the newest one of their stream is what holds.

No table is projected from them. Every process hears of every change, its own and others', so a
change holds everywhere from the moment it was answered.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from holobase.domain.errors import BadRequest, Invalid, Unavailable, VersionConflict
from holobase.domain.event import SETTINGS, Event, NewEvent, stream_of
from holobase.domain.principal import Request
from holobase.domain.settings import (
    DEFAULTS,
    InstanceSettings,
    RateLimitRule,
    merged,
    restored,
    secrets,
    shown,
)
from holobase.domain.settings_checks import errors_of
from holobase.engine.kernel import Kernel
from holobase.engine.sealing import Sealer
from holobase.engine.unit import Unit
from holobase.kit import ids, json
from holobase.kit.addresses import is_within
from holobase.kit.json import Json
from holobase.ports import command
from holobase.ports.command import Command

STREAM = stream_of(SETTINGS, "instance")
CHANGED = f"{SETTINGS}.changed"

ATTEMPTS_MAX = 10
"""Tries of one change while others change the settings at the same moment."""


class KeptSettings:
    """What holds now, and how it is changed. `load` must run before anything is asked."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._settings = DEFAULTS
        self._version = 0
        kernel.store.subscribe(self._on_events)

    async def load(self) -> None:
        """Takes over what is stored."""
        self._on_events(await self._kernel.store.log.stream(STREAM))

    @property
    def held(self) -> InstanceSettings:
        """The settings as this process knows them. Whoever has just caught up with the store, as
        every request does, knows what `current` would tell."""
        return self._settings

    @property
    def version(self) -> int:
        """How often the settings were changed."""
        return self._version

    def lets_superuser_in(self, address: str) -> bool:
        """Whether superusers may come from this address."""
        ranges = self._settings.superuser_ips
        return not ranges or is_within(address, ranges)

    async def current(self) -> InstanceSettings:
        """The settings as of now, whatever process changed them last."""
        await self._kernel.store.catch_up()
        return self._settings

    async def change(self, changes: Mapping[str, Json], request: Request) -> InstanceSettings:
        """The settings with these members changed, nested as the wire has them.

        Raises BadRequest for members of a wrong type, Invalid for values that are not allowed.
        """
        for _ in range(ATTEMPTS_MAX):
            before = await self.current()
            version = self._version
            after = _changed(before, changes)
            if after == before:
                return before
            try:
                await self._kernel.run(request, partial(append, settings=after, version=version))
            except VersionConflict:
                continue
            return after
        raise Unavailable("the settings keep changing")

    async def following(self, renamed: Mapping[str, str]) -> tuple[InstanceSettings, int] | None:
        """The settings whose rate limits follow collections that are renamed, by name before and
        after, and the version that `append` finds them at; None where nothing changes."""
        settings, version = await self.current(), self._version
        limits = settings.rate_limits
        followed = tuple(_followed(rule, renamed) for rule in limits.rules)
        if limits.rules == followed:
            return None
        limits = msgspec.structs.replace(limits, rules=followed)
        return msgspec.structs.replace(settings, rate_limits=limits), version

    def _on_events(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.stream == STREAM and event.version > self._version:
                self._settings = from_event(event, self._kernel.sealer)
                self._version = event.version


def from_event(event: Event, sealer: Sealer) -> InstanceSettings:
    """The settings that an event told, their secrets included."""
    opened: Mapping[str, msgspec.Raw] = {}
    if event.sealed is not None:
        opened = sealer.open(event.sealed, event.stream, event.type, None) or {}
    plain = {path: msgspec.json.decode(raw, type=str) for path, raw in opened.items()}
    return restored(msgspec.json.decode(event.data), plain)


def _changed(before: InstanceSettings, changes: Mapping[str, Json]) -> InstanceSettings:
    try:
        after = merged(before, changes)
    except msgspec.ValidationError as error:
        raise BadRequest("malformed_body") from error
    errors = errors_of(after)
    if errors:
        raise Invalid("settings_failed", errors)
    return after


def _followed(rule: RateLimitRule, renamed: Mapping[str, str]) -> RateLimitRule:
    name, colon, action = rule.label.partition(":")
    if not colon or name not in renamed:
        return rule
    return msgspec.structs.replace(rule, label=f"{renamed[name]}:{action}")


def append(unit: Unit, settings: InstanceSettings, version: int) -> Command[int]:
    """Appends settings to the stream, which is at this version. Raises VersionConflict."""
    secret = secrets(settings)
    event = NewEvent(
        id=ids.event_id(unit.now),
        stream=STREAM,
        type=CHANGED,
        schema=0,
        data=json.encode(shown(settings)),
        sealed=unit.sealer.seal(secret, STREAM, CHANGED, None) if secret else None,
        actor=unit.request.actor,
        request_id=unit.request.id,
        causation_id=None,
        at=unit.now,
    )
    return (yield from command.append(event, expected=version))
