"""What providers tell of people, each in its own shape, and where in it five things are."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from holobase.domain.fields import EmailField
from holobase.kit.json import Json

_TRUE: Final = (True, 1, "1", "t", "T", "true", "TRUE", "True")
"""How providers spell yes."""


_ADDRESS: Final = EmailField(id="email", name="email")


class ProviderFailed(Exception):
    """The provider did not do its part, or tells of nobody who may log in. The text is for logs."""


@dataclass(frozen=True, slots=True)
class Told:
    """Everything a provider has told: of the person, with the token, and in its id_token (what was
    checked of it), beside what the collection has configured under `extra`."""

    person: Mapping[str, Json]
    token: Mapping[str, Json] = field(default_factory=dict)
    claims: Mapping[str, Json] = field(default_factory=dict)
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a provider. `email` is empty unless the provider vouches for it."""

    id: str
    name: str = ""
    username: str = ""
    email: str = ""
    avatar_url: str = ""


Adjust: TypeAlias = Callable[[Person, Told], Person]
"""What is left to say about one provider's people. Raises ProviderFailed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Where what is told of a person has its parts: paths with dots, numbers for places in lists.

    A name may be put together of several. An address counts only where everything in `vouched` is
    true, and a person only with each value that is `required`.
    """

    id: str = "id"
    name: str | tuple[str, ...] = "name"
    username: str = ""
    email: str = ""
    avatar_url: str = ""
    vouched: tuple[str, ...] = ()
    required: tuple[tuple[str, Json], ...] = ()
    adjust: Adjust | None = None

    def read(self, told: Told) -> Person:
        """The person. Raises ProviderFailed."""
        for path, wanted in self.required:
            if at(told.person, path) != wanted:
                raise ProviderFailed(f"{path} is not {wanted!r}")
        names = (self.name,) if isinstance(self.name, str) else self.name
        is_vouched = all(is_true(at(told.person, path)) for path in self.vouched)
        person = Person(
            id=text_at(told.person, self.id),
            name=" ".join(filter(None, (text_at(told.person, name) for name in names))),
            username=text_at(told.person, self.username),
            email=text_at(told.person, self.email) if is_vouched else "",
            avatar_url=text_at(told.person, self.avatar_url),
        )
        person = self.adjust(person, told) if self.adjust else person
        return person if is_address(person.email) else replace(person, email="")


def at(value: Any, path: str) -> Json:
    """What a path leads to; None for nothing."""
    for name in path.split(".") if path else ():
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    found: Json = value if path else None
    return found


def text_at(value: Any, path: str) -> str:
    """The text or the whole number that a path leads to, as a text; empty for anything else."""
    found = at(value, path)
    if isinstance(found, str):
        return found
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else ""


def is_address(text: str) -> bool:
    """Whether this is an e-mail address."""
    return bool(text) and _ADDRESS.check(text) is None


def is_true(value: Json) -> bool:
    """Whether a provider says yes, in whatever spelling."""
    return isinstance(value, bool | int | str) and value in _TRUE


@dataclass(frozen=True, slots=True)
class Addresses:
    """A second request, for the addresses of a person; as a `fallback` only where none is known.

    `url` is joined to where the person was asked for, one that begins with `+` appended to it. The
    answer has a list at `items`; the first of it for which `all_of` holds counts. The statuses that
    are `forgiven` mean that there is none, and so does anything but a list where that `may_vary`.
    """

    url: str
    all_of: tuple[tuple[str, Json], ...]
    items: str = ""
    forgiven: Container[int] = (401, 403, 404)
    fallback: bool = False
    may_vary: bool = False

    def choose(self, answer: Json) -> str:
        """The address, or an empty text. Raises ProviderFailed."""
        found = at(answer, self.items) if self.items else answer
        if isinstance(found, list):
            for item in found:
                email = text_at(item, "email")
                if is_address(email) and all(
                    _holds(at(item, path), wanted) for path, wanted in self.all_of
                ):
                    return email
        elif not self.may_vary:
            raise ProviderFailed("there is no list of addresses")
        return ""


def _holds(value: Json, wanted: Json) -> bool:
    return wanted in value if isinstance(value, list) else value == wanted


def gitlab(person: Person, told: Told) -> Person:
    """An address counts from the moment on at which it was confirmed."""
    try:
        datetime.fromisoformat(text_at(told.person, "confirmed_at"))
    except ValueError:
        return person
    return replace(person, email=text_at(told.person, "email"))


def gitee(person: Person, told: Told) -> Person:
    """A public address is confirmed, but something else may stand in its place."""
    public = text_at(told.person, "email")
    return replace(person, email=public) if is_address(public) else person


def naver(person: Person, told: Told) -> Person:
    """Only its own addresses are known to be their owner's: others are what people typed in."""
    address = text_at(told.person, "response.email")
    return replace(person, email=address) if address.endswith("@naver.com") else person


def yandex(person: Person, told: Told) -> Person:
    """Pictures have an id of their own."""
    picture = text_at(told.person, "default_avatar_id")
    if is_true(at(told.person, "is_avatar_empty")) or not picture:
        return person
    url = f"https://avatars.yandex.net/get-yapic/{picture}/islands-200"
    return replace(person, avatar_url=url)


def discord(person: Person, told: Told) -> Person:
    """Pictures are named by their hash; older accounts are told apart by a number."""
    name, picture = person.name, text_at(told.person, "avatar")
    if not name:
        number = text_at(told.person, "discriminator")
        name = person.username + (f"#{number}" if number.strip("0") else "")
    url = f"https://cdn.discordapp.com/avatars/{person.id}/{picture}.png" if picture else ""
    return replace(person, name=name, avatar_url=url)


def mailcow(person: Person, _: Told) -> Person:
    """Usernames are addresses."""
    return replace(person, username=person.username.partition("@")[0])


def wakatime(person: Person, told: Told) -> Person:
    """Pictures may be private."""
    is_public = is_true(at(told.person, "data.photo_public"))
    return person if is_public else replace(person, avatar_url="")


def strava(person: Person, _: Told) -> Person:
    """Number 0 is nobody."""
    return replace(person, id="") if person.id == "0" else person


def vk(person: Person, told: Told) -> Person:
    """The address comes with the token."""
    return replace(person, email=text_at(told.token, "email"))


def microsoft(person: Person, told: Told) -> Person:
    """Which address is believed is a choice, because tenants may write anything into `mail`."""
    source = told.extra.get("idTokenEmailClaim")
    primary = text_at(told.claims, "verified_primary_email") or text_at(
        told.claims, "verified_primary_email.0"
    )
    email = text_at(told.claims, "email")
    owned = email if is_true(at(told.claims, "xms_edov")) else ""
    by_source = {
        "any_verified": primary or owned,
        "verified_primary_email": primary,
        "email_and_xms_edov": owned,
        "email": email,
    }
    chosen = by_source.get(source) if isinstance(source, str) else None
    return person if chosen is None else replace(person, email=chosen)
