"""The settings of an instance: what superusers change while it runs, through `/api/settings`.

Names and shapes are the wire's. An operator's settings, which are read once from the environment,
are another thing; they are in `runtime/settings.py`.
"""

from collections.abc import Mapping
from functools import reduce
from typing import Annotated, Any, TypeAlias

import msgspec

from holobase.kit.json import Json

Whole: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""What the reference counts with."""


class Section(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Part of the settings. What the class gives a member is its zero value; what a new instance
    begins with is in `DEFAULTS`."""


class Meta(Section, frozen=True):
    """What the instance calls itself, and who sends its mail."""

    accent_color: str = ""
    app_name: str = ""
    app_url: str = msgspec.field(default="", name="appURL")
    sender_name: str = ""
    sender_address: str = ""
    hide_controls: bool = False


class Smtp(Section, frozen=True):
    """The mail server."""

    enabled: bool = False
    port: Whole = 0
    host: str = ""
    username: str = ""
    password: str = ""
    auth_method: str = ""
    tls: bool = False
    local_name: str = ""


class S3(Section, frozen=True):
    """An object store."""

    enabled: bool = False
    bucket: str = ""
    region: str = ""
    endpoint: str = ""
    access_key: str = ""
    secret: str = ""
    force_path_style: bool = False


class Backups(Section, frozen=True):
    """When backups are made, how many of those are kept, and where."""

    cron: str = ""
    cron_max_keep: Whole = 0
    s3: S3 = S3()


class RateLimitRule(Section, frozen=True):
    """At most `max_requests` of an audience in `duration` seconds, where the label fits."""

    label: str = ""
    audience: str = ""
    duration: Whole = 0
    max_requests: Whole = 0


class RateLimits(Section, frozen=True):
    """Which rules limit requests, and who is exempt."""

    rules: tuple[RateLimitRule, ...] = ()
    excluded_ips: tuple[str, ...] = msgspec.field(default=(), name="excludedIPs")
    enabled: bool = False


class TrustedProxy(Section, frozen=True):
    """The headers in which a proxy tells the client's address."""

    headers: tuple[str, ...] = ()
    use_leftmost_ip: bool = msgspec.field(default=False, name="useLeftmostIP")


class Batch(Section, frozen=True):
    """Whether there are batches; `timeout` in seconds, `max_body_size` in bytes."""

    enabled: bool = False
    max_requests: Whole = 0
    timeout: Whole = 0
    max_body_size: Whole = 0


class Logs(Section, frozen=True):
    """Which requests are logged, with what, and for how long."""

    max_data_size: Whole = 0
    max_days: Whole = 0
    min_level: Whole = 0
    log_ip: bool = msgspec.field(default=False, name="logIP")
    log_auth_id: bool = False


class InstanceSettings(Section, frozen=True):
    """All of them."""

    superuser_ips: tuple[str, ...] = msgspec.field(default=(), name="superuserIPs")
    smtp: Smtp = Smtp()
    backups: Backups = Backups()
    s3: S3 = S3()
    meta: Meta = Meta()
    rate_limits: RateLimits = RateLimits()
    trusted_proxy: TrustedProxy = TrustedProxy()
    batch: Batch = Batch()
    logs: Logs = Logs()


DEFAULTS = InstanceSettings(
    smtp=Smtp(port=587, host="smtp.example.com"),
    backups=Backups(cron_max_keep=3),
    meta=Meta(
        accent_color="#1055c9",
        app_name="Acme",
        app_url="http://localhost:8090",
        sender_name="Support",
        sender_address="support@example.com",
    ),
    rate_limits=RateLimits(
        rules=(
            RateLimitRule(label="*:auth", duration=3, max_requests=2),
            RateLimitRule(label="*:create", duration=5, max_requests=20),
            RateLimitRule(label="/api/batch", duration=1, max_requests=3),
            RateLimitRule(label="/api/", duration=10, max_requests=300),
        )
    ),
    batch=Batch(max_requests=50, timeout=3),
    logs=Logs(max_days=5, log_ip=True),
)
"""What a new instance begins with."""

SECRETS: tuple[tuple[str, ...], ...] = (
    ("smtp", "password"),
    ("s3", "secret"),
    ("backups", "s3", "secret"),
)
"""Paths of the members that are written but never shown, and sealed in events."""


def merged(settings: InstanceSettings, changes: Mapping[str, Json]) -> InstanceSettings:
    """The settings with these members changed, nested as they are; lists are replaced, null gives
    the zero value, unknown names are ignored. Raises msgspec.ValidationError for wrong types."""
    together = _merged(msgspec.to_builtins(settings), changes)
    return msgspec.convert(together, InstanceSettings)


def _merged(known: Mapping[str, Json], changes: Json) -> Json:
    if not isinstance(changes, Mapping):
        return changes
    together = dict(known)
    for name, value in changes.items():
        if name not in known:
            continue
        if value is None:
            del together[name]
        elif isinstance(known[name], Mapping):
            together[name] = _merged(known[name], value)
        else:
            together[name] = value
    return together


def shown(settings: InstanceSettings) -> dict[str, Any]:
    """The settings as the wire has them and as everybody with the log may read them: the secrets
    are left out."""
    members: dict[str, Any] = msgspec.to_builtins(settings)
    for *sections, name in SECRETS:
        del reduce(dict.__getitem__, sections, members)[name]
    return members


def secrets(settings: InstanceSettings) -> dict[str, str]:
    """The secrets that are set, by dotted path."""
    members: dict[str, Any] = msgspec.to_builtins(settings)
    found = {".".join(path): reduce(dict.__getitem__, path, members) for path in SECRETS}
    return {path: str(secret) for path, secret in found.items() if secret}


def restored(members: Mapping[str, Json], opened: Mapping[str, str]) -> InstanceSettings:
    """The settings that `shown` and `secrets` took apart; what they do not know yet is as in a
    new instance."""
    settings = merged(DEFAULTS, members)
    for path, secret in opened.items():
        change: Json = secret
        for name in reversed(path.split(".")):
            change = {name: change}
        settings = merged(settings, change)
    return settings
