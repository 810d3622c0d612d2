"""What is wrong with the settings of an instance, nested as they are."""

import re
from collections.abc import Container, Iterable, Mapping
from ipaddress import ip_address, ip_network

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import EmailField, UrlField
from holobase.domain.fields.definition import at_least, length, required
from holobase.domain.schedule import is_schedule
from holobase.domain.settings import (
    S3,
    Backups,
    Batch,
    InstanceSettings,
    Logs,
    Meta,
    RateLimitRule,
    RateLimits,
    Smtp,
)

NAME_BYTES_MAX = 255
COLOR_LENGTH = 7
AUTH_METHODS = ("", "PLAIN", "LOGIN")
EVERYBODY = ""
AUDIENCES = (EVERYBODY, "@guest", "@auth")

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_LABEL = re.compile(r"(?:\w+ )?/[\w/-]*|(?:(?:\w+|\*):)?\w+", re.ASCII)
_HOST = re.compile(r"(?=.{1,255}\Z)\w[\w-]{0,62}(?:\.\w[\w-]{0,62})*\.?", re.ASCII)
_PREFIX = re.compile(r"0|[1-9][0-9]{0,2}")
_EMAIL, _URL = (
    EmailField(id="senderAddress", name="senderAddress"),
    UrlField(id="appURL", name="appURL"),
)


def errors_of(settings: InstanceSettings) -> ErrorTree:
    """Every error by section and member; empty where nothing is wrong."""
    return _kept(
        {
            "superuserIPs": _networks(settings.superuser_ips),
            "smtp": _smtp(settings.smtp),
            "backups": _backups(settings.backups),
            "s3": _s3(settings.s3),
            "meta": _meta(settings.meta),
            "rateLimits": _rate_limits(settings.rate_limits),
            "batch": _batch(settings.batch),
            "logs": _logs(settings.logs),
        }
    )


def _meta(meta: Meta) -> ErrorTree:
    return _kept(
        {
            "appName": _name(meta.app_name),
            "appURL": required(meta.app_url) or _url(meta.app_url),
            "senderName": _name(meta.sender_name),
            "senderAddress": required(meta.sender_address) or _EMAIL.check(meta.sender_address),
            "accentColor": _color(meta.accent_color),
        }
    )


def _smtp(smtp: Smtp) -> ErrorTree:
    return _kept(
        {
            "host": _when(smtp.enabled, smtp.host) or _host(smtp.host),
            "port": _when(smtp.enabled, smtp.port) or at_least(smtp.port, 0),
            "authMethod": _one_of(smtp.auth_method, AUTH_METHODS),
            "localName": _host(smtp.local_name),
        }
    )


def _backups(backups: Backups) -> ErrorTree:
    is_schedule_wrong = backups.cron and not is_schedule(backups.cron)
    kept = backups.cron_max_keep
    return _kept(
        {
            "cron": FieldError("validation_invalid_cron") if is_schedule_wrong else None,
            "cronMaxKeep": _when(bool(backups.cron), kept) or (at_least(kept, 1) if kept else None),
            "s3": _s3(backups.s3),
        }
    )


def _s3(s3: S3) -> ErrorTree:
    return _kept(
        {
            "endpoint": _when(s3.enabled, s3.endpoint) or _url(s3.endpoint),
            "bucket": _when(s3.enabled, s3.bucket),
            "region": _when(s3.enabled, s3.region),
            "accessKey": _when(s3.enabled, s3.access_key),
            "secret": _when(s3.enabled, s3.secret),
        }
    )


def _batch(batch: Batch) -> ErrorTree:
    return _kept(
        {
            "maxRequests": _when(batch.enabled, batch.max_requests)
            or at_least(batch.max_requests, 0),
            "timeout": _when(batch.enabled, batch.timeout) or at_least(batch.timeout, 0),
            "maxBodySize": at_least(batch.max_body_size, 0),
        }
    )


def _logs(logs: Logs) -> ErrorTree:
    return _kept(
        {"maxDays": at_least(logs.max_days, 0), "maxDataSize": at_least(logs.max_data_size, 0)}
    )


def _rate_limits(limits: RateLimits) -> ErrorTree:
    by_rule = _kept({str(index): _rule(rule) for index, rule in enumerate(limits.rules)})
    return _kept(
        {
            "rules": _when(limits.enabled, limits.rules) or by_rule or _conflicts(limits.rules),
            "excludedIPs": _networks(limits.excluded_ips),
        }
    )


def _rule(rule: RateLimitRule) -> ErrorTree:
    return _kept(
        {
            "label": required(rule.label) or _matching(_LABEL, rule.label),
            "audience": _one_of(rule.audience, AUDIENCES),
            "duration": _when(True, rule.duration) or at_least(rule.duration, 1),
            "maxRequests": _when(True, rule.max_requests) or at_least(rule.max_requests, 1),
        }
    )


def _conflicts(rules: Iterable[RateLimitRule]) -> ErrorTree:
    """A label once for everybody, or once for guests and once for accounts."""
    seen: set[tuple[str, str]] = set()
    for index, rule in enumerate(rules):
        others = AUDIENCES if rule.audience == EVERYBODY else (rule.audience, EVERYBODY)
        if any((rule.label, audience) in seen for audience in others):
            error = FieldError("validation_conflicting_rate_limit_rule", {"label": rule.label})
            return {str(index): {"label": error}}
        seen.add((rule.label, rule.audience))
    return {}


def _networks(texts: Iterable[str]) -> ErrorTree:
    return _kept({str(index): required(text) or _network(text) for index, text in enumerate(texts)})


def _network(text: str) -> FieldError | None:
    address, slash, prefix = text.partition("/")
    try:
        if slash and not _PREFIX.fullmatch(prefix):
            raise ValueError
        if slash:
            ip_network(text, strict=False)
        else:
            ip_address(address)
    except ValueError:
        return FieldError("validation_invlaid_ip_or_subnet")  # spelled as clients know it
    return None


def _host(text: str) -> FieldError | None:
    is_address = "/" not in text and _network(text) is None
    if not text or is_address or _HOST.fullmatch(text):
        return None
    return FieldError("validation_is_host")


def _url(text: str) -> FieldError | None:
    return FieldError("validation_is_url") if text and _URL.check(text) else None


def _name(text: str) -> FieldError | None:
    return required(text) or length(text, NAME_BYTES_MAX)


def _color(text: str) -> FieldError | None:
    if text and len(text.encode()) != COLOR_LENGTH:
        params = {"min": COLOR_LENGTH, "max": COLOR_LENGTH}
        return FieldError("validation_length_invalid", params)
    return FieldError("validation_is_hex_color") if text and not _COLOR.fullmatch(text) else None


def _matching(pattern: re.Pattern[str], text: str) -> FieldError | None:
    return None if pattern.fullmatch(text) else FieldError("validation_match_invalid")


def _one_of(text: str, allowed: Container[str]) -> FieldError | None:
    return None if text in allowed else FieldError("validation_in_invalid")


def _when(is_needed: bool, value: object) -> FieldError | None:
    return FieldError("validation_required") if is_needed and not value else None


def _kept(errors: Mapping[str, FieldError | ErrorTree | None]) -> ErrorTree:
    return {name: error for name, error in errors.items() if error}
