"""Writing a mail: the collection's template, or ours in the reader's language, filled in."""

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any, Final

import msgspec

from holobase.domain.auth_options import AuthOptions
from holobase.domain.fields import AutodateField, BoolField, DateField, NumberField
from holobase.domain.fields.field import text_of
from holobase.domain.record import Record
from holobase.domain.settings import Meta
from holobase.engine.catalogue import Definition
from holobase.engine.mail.plain import plain_text
from holobase.engine.mail.texts import FOOTERS, LAYOUT, TEXTS, Kind, Locale, templates
from holobase.kit import ids, json
from holobase.ports.mailer import Mail

if TYPE_CHECKING:
    import jinja2

LOCALE_FIELD: Final = "locale"
"""The field in which an account may say its language."""

LOCALE_DEFAULT: Final[Locale] = "en"

_LOCALES: Final[Mapping[str, Locale]] = {"ko": "ko", "en": "en", "ja": "ja"}
_PLACEHOLDER: Final = re.compile(r"\{([A-Z_]+(?::\w+)?)\}")
_UNESCAPED: Final = (DateField, AutodateField, BoolField, NumberField)


class Occasion(msgspec.Struct, frozen=True):
    """What a mail is about and whom: `values` are for its own placeholders, `language` is what the
    reader's client prefers."""

    kind: Kind
    definition: Definition
    account: Record
    values: Mapping[str, str]
    now: int
    to: str = ""
    language: str = ""


@cache
def _layout() -> "jinja2.Template":
    import jinja2  # noqa: PLC0415 - a server starts without it

    return jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(LAYOUT)


def compose(occasion: Occasion, meta: Meta) -> Mail:
    """The mail, to the account's address unless another one is given."""
    account = occasion.account
    locale = _locale(account, occasion.language)
    auth = occasion.definition.collection.auth or AuthOptions()
    template = templates(auth)[occasion.kind]
    if template == TEXTS["en"][occasion.kind]:
        template = TEXTS[locale][occasion.kind]
    url = meta.app_url.rstrip("/")
    names = {"APP_NAME": meta.app_name, "APP_URL": url, **occasion.values}
    names |= _of_record(occasion.definition, account)
    subject, body = _filled(template.subject, names), _filled(template.body, names)
    page = _layout().render(
        locale=locale,
        subject=subject,
        body=body,
        footer=FOOTERS[locale].format(name=meta.app_name),
        url=url,
        color=meta.accent_color or "inherit",
    )
    domain = meta.sender_address.rpartition("@")[2] or "localhost"
    return Mail(
        message_id=f"{ids.random_text(24, ids.LOWER_ALPHANUMERIC)}@{domain}",
        at=occasion.now,
        sender_name=meta.sender_name,
        sender_address=meta.sender_address,
        to=occasion.to or account.values["email"],
        subject=subject,
        text=plain_text(body),
        html=page,
    )


def _filled(template: str, names: Mapping[str, str]) -> str:
    """The template with its placeholders replaced, once: what is put in is not looked at."""
    return _PLACEHOLDER.sub(lambda match: names.get(match[1], match[0]), template)


def _of_record(definition: Definition, account: Record) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in definition.collection.fields:
        if field.hidden or field.name in definition.secrets:
            continue
        wire: Any = field.to_wire(account.values[field.name])
        text = json.encode(wire).decode() if isinstance(wire, list | dict) else text_of(wire)
        found[f"RECORD:{field.name}"] = text if isinstance(field, _UNESCAPED) else escape(text)
    return found


def _locale(account: Record, language: str) -> Locale:
    chosen = str(account.values.get(LOCALE_FIELD, "")) or language
    return _LOCALES.get(chosen.strip()[:2].lower(), LOCALE_DEFAULT)
