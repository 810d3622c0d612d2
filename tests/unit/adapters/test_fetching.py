"""Fetching: what is out there is reached, what is ours is not, and nothing grows without end.

`127.0.0.2` plays the internet here, `127.0.0.1` the machine's own services.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from holobase.adapters.http_client import HttpFetcher, fetcher, guarded
from holobase.adapters.http_client.addresses import is_public
from holobase.domain.errors import Unavailable
from holobase.ports.fetch import Fetch, Fetched, FetchFailed

OUT_THERE, OURS = "127.0.0.2", "127.0.0.1"
NAMES = {"out.test": [OUT_THERE], "in.test": [OURS], "both.test": [OUT_THERE, OURS]}


class Site:
    """A web server that remembers what it was asked."""

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head)
        answer = self.answers.get(head.split(" ")[1], b"HTTP/1.1 404 None\r\n\r\n")
        try:
            writer.write(answer.replace(b"PORT", str(self.port).encode()))
            await writer.drain()
            if b"stall" in answer:
                await reader.read()
        finally:
            writer.close()


def page(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def moved(to: str) -> bytes:
    return page(b"", f"Location: {to}", status="302 Found")


class Resolver:
    """Names with addresses of their own; one that is bound anew differs each time."""

    def __init__(self, *rebinding: list[str]) -> None:
        self.calls: list[str] = []
        self._rebinding = iter(rebinding)

    async def __call__(self, host: str, port: int) -> list[str]:
        self.calls.append(host)
        if host.endswith(".invalid"):
            raise OSError("nobody")
        if host == "rebinding.test":
            return next(self._rebinding)
        return NAMES[host] if host in NAMES else await guarded.resolve(host, port)


@asynccontextmanager
async def site(
    answers: Mapping[str, bytes],
    host: str = OUT_THERE,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Site]:
    made = Site(answers)
    server = await asyncio.start_server(made.answer, host, port, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


@asynccontextmanager
async def fetching(
    resolve: guarded.Resolve | None = None, allowed: tuple[str, ...] = ()
) -> AsyncIterator[HttpFetcher]:
    made = HttpFetcher(allowed, resolve or Resolver())
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture(autouse=True)
def _internet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "is_public", lambda text: text == OUT_THERE or is_public(text))


def run(test: Coroutine[None, None, None]) -> None:
    asyncio.run(test)


def test_what_is_out_there_is_answered_under_its_name() -> None:
    async def check() -> None:
        async with site({"/a?b=1": page(b"hello", "X-Made: by us")}) as there, fetching() as door:
            answer = await door.fetch(Fetch(f"http://out.test:{there.port}/a?b=1"))
            assert answer == Fetched(200, {"content-length": "5", "x-made": "by us"}, b"hello")
            assert f"Host: out.test:{there.port}\r\n" in there.asked[0]

    run(check())


def test_a_post_carries_its_body_and_is_not_sent_on() -> None:
    async def check() -> None:
        async with site({"/": moved("/again")}) as there, fetching() as door:
            wanted = Fetch(f"http://out.test:{there.port}/", "POST", {"x-key": "1"}, b"a=b")
            assert (await door.fetch(wanted)).status == 302
            assert len(there.asked) == 1
            assert "content-length: 3" in there.asked[0].lower()

    run(check())


OURS_SPELLED = (
    "http://in.test:{port}/",
    "http://both.test:{port}/",
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://0x7f.1:{port}/",
    "http://0x7f000001:{port}/",
    "http://2130706433:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://１２７.0.0.1:{port}/",
    "http://ⓛocalhost:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST.:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://out.test@127.0.0.1:{port}/",
    "http://out.test:80@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@out.test/",
    "http://169.254.169.254/latest/meta-data/",
)


@pytest.mark.parametrize("url", OURS_SPELLED)
def test_what_is_ours_is_not_reached_however_it_is_spelled(url: str) -> None:
    async def check() -> None:
        async with site({"/": page(b"secret")}, OURS) as inside, fetching() as door:
            with pytest.raises(FetchFailed):
                await door.fetch(Fetch(url.format(port=inside.port)))
            assert not inside.asked

    run(check())


@pytest.mark.parametrize("url", OURS_SPELLED)
def test_what_is_ours_is_not_reached_by_being_sent_on(url: str) -> None:
    async def check() -> None:
        async with site({"/": page(b"secret")}, OURS) as inside:
            to = url.format(port=inside.port)
            # no header can spell these, so a browser would not be sent there either
            to = to.encode("ascii", "ignore").decode()
            async with site({"/": moved(to)}) as there, fetching() as door:
                with pytest.raises(FetchFailed):
                    await door.fetch(Fetch(f"http://out.test:{there.port}/"))
                assert len(there.asked) == 1
                assert not inside.asked

    run(check())


def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to() -> None:
    async def check() -> None:
        resolver = Resolver([OUT_THERE], [OURS])
        async with (
            site({"/": page(b"fine"), "/on": moved("/")}) as there,
            site({"/": page(b"secret")}, OURS, there.port) as inside,
            fetching(resolver) as door,
        ):
            url = f"http://rebinding.test:{there.port}/"
            assert (await door.fetch(Fetch(url))).body == b"fine"
            assert resolver.calls == ["rebinding.test"]
            with pytest.raises(FetchFailed):
                await door.fetch(Fetch(url))
            assert not inside.asked

    run(check())


def test_a_name_that_is_bound_anew_between_two_hops_is_not_followed() -> None:
    async def check() -> None:
        resolver = Resolver([OUT_THERE], [OURS])
        async with (
            site({"/on": moved("/")}) as there,
            site({"/": page(b"secret")}, OURS, there.port) as inside,
            fetching(resolver) as door,
        ):
            with pytest.raises(FetchFailed):
                await door.fetch(Fetch(f"http://rebinding.test:{there.port}/on"))
            assert resolver.calls == ["rebinding.test"] * 2
            assert not inside.asked

    run(check())


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("in.test", "in.test"),
        ("IN.test.", "in.test"),
        ("in.test", "IN.TEST"),
        (OURS, OURS),
        ("[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
    ],
)
def test_a_host_that_is_allowed_by_name_is_reached(allowed: str, host: str) -> None:
    async def check() -> None:
        async with site({"/": page(b"ours")}, OURS) as inside, fetching(None, (allowed,)) as door:
            answer = await door.fetch(Fetch(f"http://{host}:{inside.port}/"))
            assert answer.body == b"ours"

    run(check())


def test_what_an_allowed_host_sends_on_to_has_to_be_allowed_too() -> None:
    async def check() -> None:
        there = {"/": moved("http://127.0.0.1:PORT/secret"), "/secret": page(b"secret")}
        async with site(there, OURS) as inside, fetching(None, ("in.test",)) as door:
            with pytest.raises(FetchFailed):
                await door.fetch(Fetch(f"http://in.test:{inside.port}/"))
            assert len(inside.asked) == 1

    run(check())


@pytest.mark.parametrize(
    "url",
    [
        "",
        "out.test",
        "ftp://out.test/",
        "file:///etc/passwd",
        "http://",
        "http:///a",
        "//out.test",
        f"http://{'a' * 70}.test/",
        "http://nowhere.invalid/",
        "http://out.test:99999/",
    ],
)
def test_what_is_no_address_is_not_fetched(url: str) -> None:
    async def check() -> None:
        async with fetching() as door:
            with pytest.raises(FetchFailed):
                await door.fetch(Fetch(url))

    run(check())


ENDLESS = {
    "/long": page(b"x" * 2000),
    "/chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"64\r\n%b\r\nffff\r\n%b\r\n0\r\n\r\n" % (b"x" * 100, b"x" * 0xFFFF),
    "/round": moved("/round"),
    "/stalls": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nstall",
    "/packed": page(b"\x1f\x8b", "Content-Encoding: gzip"),
    "/nonsense": b"no HTTP at all\r\n\r\n",
}


@pytest.mark.parametrize("path", ENDLESS)
def test_an_answer_without_end_or_sense_is_given_up(path: str) -> None:
    async def check() -> None:
        async with site(ENDLESS) as there, fetching() as door:
            wanted = Fetch(f"http://out.test:{there.port}{path}", bytes_max=1000, seconds=0.5)
            with pytest.raises(FetchFailed):
                await door.fetch(wanted)
            assert len(there.asked) <= guarded.REDIRECTS_MAX + 1

    run(check())


def test_no_cookie_of_one_fetch_is_sent_with_another() -> None:
    async def check() -> None:
        async with site({"/": page(b"", "Set-Cookie: who=alice")}) as there, fetching() as door:
            for _ in range(2):
                await door.fetch(Fetch(f"http://out.test:{there.port}/"))
            assert "who=alice" not in there.asked[1]

    run(check())


def test_a_token_is_not_sent_on_to_another_host() -> None:
    async def check() -> None:
        async with site({"/": page(b"")}) as other:
            answers = {"/": moved(f"http://out.test:{other.port}/")}
            async with site(answers) as there, fetching() as door:
                headers = {"authorization": "Bearer secret"}
                await door.fetch(Fetch(f"http://out.test:{there.port}/", headers=headers))
                assert "secret" in there.asked[0]
                assert "secret" not in other.asked[0]

    run(check())


def test_more_than_so_many_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "UNDER_WAY_MAX", 1)

    async def check() -> None:
        async with site(ENDLESS) as there, fetching() as door:
            url = f"http://out.test:{there.port}/stalls"
            first = asyncio.create_task(door.fetch(Fetch(url)))
            while not there.asked:  # noqa: ASYNC110 - it is asked of the outside
                await asyncio.sleep(0.01)
            with pytest.raises(Unavailable):
                await door.fetch(Fetch(url))
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            with pytest.raises(FetchFailed):
                await door.fetch(Fetch(f"http://out.test:{there.port}/nonsense"))

    run(check())


def certificate(folder: Path, name: str) -> Path:
    """A file with a key and a certificate of our own for this name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, form, plain) + made.public_bytes(pem))
    return path


@pytest.mark.parametrize(("name", "fits"), [("out.test", True), ("other.test", False)])
def test_a_certificate_has_to_be_for_the_name_not_for_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, fits: bool
) -> None:
    path = certificate(tmp_path, name)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(path)

    async def check() -> None:
        async with site({"/": page(b"sealed")}, tls=tls) as there, fetching() as door:
            asking: Callable[[], Coroutine[None, None, Fetched]] = lambda: door.fetch(  # noqa: E731
                Fetch(f"https://out.test:{there.port}/")
            )
            if fits:
                assert (await asking()).body == b"sealed"
            else:
                with pytest.raises(FetchFailed, match="certificate"):
                    await asking()

    run(check())
