"""From the code that a client brings to the person it stands for: the code buys a token, the token
tells of the person.

Loaded with the first such login, because of the libraries it needs.
"""

import asyncio
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, quote_plus, urljoin, urlsplit

import msgspec
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_token_request

from holobase.engine.oauth2 import id_tokens
from holobase.engine.oauth2.documents import Documents
from holobase.engine.oauth2.kinds import Configured
from holobase.engine.oauth2.people import Addresses, Person, ProviderFailed, Told, text_at
from holobase.kit import json
from holobase.kit.json import Json
from holobase.ports.fetch import Fetch, Fetched, Fetcher, FetchFailed

EXCHANGE_SECONDS = 30.0
"""How long everything that is asked of a provider for one login may take."""

STYLES_MAX = 200
"""Clients of which it is remembered how their provider wants to know them."""

_FORM: Final = "application/x-www-form-urlencoded"
_STYLES: Final = ("client_secret_basic", "client_secret_post")


@dataclass(frozen=True, slots=True)
class Code:
    """What a client brings back from a provider."""

    code: str
    verifier: str = ""
    redirect_url: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody at a provider, with what the provider said and the token that it said it to.
    `expires` is Unix milliseconds, 0 for a token that does not tell."""

    person: Person
    raw: Mapping[str, Json]
    access_token: str
    refresh_token: str
    expires: int


class Protocol:
    """Asks providers."""

    def __init__(self, fetcher: Fetcher, documents: Documents) -> None:
        self._fetcher = fetcher
        self._documents = documents
        self._styles: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def known(self, provider: Configured, code: Code, now: int) -> Known:
        """Whom the code stands for. `now` is Unix milliseconds. Raises ProviderFailed."""
        try:
            async with asyncio.timeout(EXCHANGE_SECONDS):
                return await self._known(await self._documents.completed(provider), code, now)
        except TimeoutError as error:
            raise ProviderFailed("it took too long") from error
        except FetchFailed as error:
            raise ProviderFailed(str(error)) from error

    async def _known(self, provider: Configured, code: Code, now: int) -> Known:
        token = await self._token(provider, code)
        claims = await self._claims(provider, token, now)
        if provider.user_url:
            raw = await self._person(provider, token)
            if _is_somebody_else(raw, claims):
                raise ProviderFailed("the id_token is about somebody else")
        else:
            raw = claims
        person = provider.kind.reading.read(Told(raw, token, claims, provider.extra))
        addresses = provider.kind.addresses
        if addresses and not (addresses.fallback and person.email):
            email = await self._address(provider, token, addresses)
            person = replace(person, email=email)
        return Known(
            person=person,
            raw=raw,
            access_token=text_at(token, "access_token"),
            refresh_token=text_at(token, "refresh_token"),
            expires=_expires(token, now),
        )

    async def _token(self, provider: Configured, code: Code) -> Mapping[str, Json]:
        """What the provider gives for the code: to a client it knows by a header, else by the body,
        because some know only one of the two."""
        client = (provider.token_url, provider.client_id)
        known = self._styles.get(client)
        answer: Fetched | None = None
        for style in (known,) if known else _STYLES:
            answer = await self._fetcher.fetch(_token_request(provider, code, style))
            token = _token_of(answer)
            if answer.status < 300 and text_at(token, "access_token"):
                self._styles[client] = style
                if len(self._styles) > STYLES_MAX:
                    self._styles.popitem(last=False)
                return token
            is_code = token.get("error") == "invalid_grant"
            if is_code or not 400 <= answer.status < 500:
                break
        status = answer.status if answer else 0
        raise ProviderFailed(f"there is no token for the code ({status})")

    async def _claims(
        self, provider: Configured, token: Mapping[str, Json], now: int
    ) -> Mapping[str, Json]:
        """What the id_token says, once it is checked; nothing where nobody needs to know."""
        text = text_at(token, "id_token")
        stands_alone = provider.kind.speaks_oidc and not provider.user_url
        if not text and not stands_alone:
            return {}
        is_checkable = provider.kind.speaks_oidc and bool(provider.id_token.keys_url)
        if stands_alone or is_checkable or provider.extra.get("idTokenEmailClaim"):
            return await id_tokens.claims_of(text, provider, self._documents, now)
        return {}

    async def _person(self, provider: Configured, token: Mapping[str, Json]) -> Mapping[str, Json]:
        kind, headers = provider.kind, {"accept": "application/json", **_bearer(token)}
        for name, value in kind.user_headers.items():
            headers[name] = value.format(client_id=provider.client_id)
        wanted = Fetch(provider.user_url, headers=headers)
        if kind.user_query:
            body = json.encode({"query": kind.user_query})
            headers["content-type"] = "application/json"
            wanted = msgspec.structs.replace(wanted, method="POST", headers=headers, body=body)
        found = _json(await self._fetcher.fetch(wanted))
        if not isinstance(found, dict):
            raise ProviderFailed("the person is no object")
        return found

    async def _address(
        self, provider: Configured, token: Mapping[str, Json], addresses: Addresses
    ) -> str:
        url = (
            _extended(provider.user_url, addresses.url[1:])
            if addresses.url.startswith("+")
            else urljoin(provider.user_url, addresses.url)
        )
        headers = {"accept": "application/json", **_bearer(token)}
        answer = await self._fetcher.fetch(Fetch(url, headers=headers))
        return "" if answer.status in addresses.forgiven else addresses.choose(_json(answer))


def _token_request(provider: Configured, code: Code, style: str) -> Fetch:
    body = prepare_token_request(
        "authorization_code",
        code=code.code,
        redirect_uri=code.redirect_url,
        code_verifier=code.verifier if provider.pkce else "",
    )
    headers = {"accept": "application/json", "content-type": _FORM}
    if style == "client_secret_basic":
        # Authlib leaves out the encoding that RFC 6749, section 2.3.1 asks for.
        pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret)}"
        headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    else:
        auth = ClientAuth(provider.client_id, provider.client_secret, style)
        _, headers, body = auth.prepare("POST", provider.token_url, headers, body)
    return Fetch(provider.token_url, "POST", headers, body.encode())


def _token_of(answer: Fetched) -> Mapping[str, Json]:
    """What an answer of a token endpoint says, as JSON or as a form."""
    body = answer.body.strip()
    if not body.startswith((b"{", b"[")):
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    try:
        found = json.decode_strict(body)
    except json.MalformedJson:
        return {}
    return found if isinstance(found, dict) else {}


def _json(answer: Fetched) -> Json:
    if answer.status >= 400 or answer.status in range(300, 400):
        raise ProviderFailed(f"the person is not told of ({answer.status})")
    try:
        return json.decode_strict(answer.body)
    except json.MalformedJson as error:
        raise ProviderFailed(f"what is told of the person is no JSON: {error}") from error


def _bearer(token: Mapping[str, Json]) -> dict[str, str]:
    return {"authorization": f"Bearer {text_at(token, 'access_token')}"}


def _is_somebody_else(raw: Mapping[str, Json], claims: Mapping[str, Json]) -> bool:
    return "sub" in claims and "sub" in raw and claims["sub"] != raw["sub"]


def _extended(url: str, suffix: str) -> str:
    parts = urlsplit(url)
    return parts._replace(path=parts.path.rstrip("/") + suffix).geturl()


def _expires(token: Mapping[str, Json], now: int) -> int:
    seconds = text_at(token, "expires_in")
    return now + int(seconds) * 1000 if _is_small_number(seconds) else 0


SECONDS_LENGTH_MAX = 10
"""Digits of how long a token is good for: three hundred years."""


def _is_small_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < SECONDS_LENGTH_MAX
