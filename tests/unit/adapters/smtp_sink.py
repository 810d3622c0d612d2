"""A real SMTP server that keeps what it is given, in a thread of its own."""

import asyncio
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
USER, PASSWORD = b"mailer", b"secret"
SETTLE_TURNS = 20
SETTLE_SECONDS = 30.0


@dataclass
class Sink(MessageHandler):
    """Keeps every mail; refuses the recipients in `refused` with their reply."""

    messages: list[Message] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    encrypted: list[bool] = field(default_factory=list)
    logged_in: list[bool] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        self.encrypted.append(session.ssl is not None)
        self.logged_in.append(bool(session.authenticated))
        return "250 OK"

    def handle_message(self, message: Message) -> None:
        self.messages.append(message)


@contextmanager
def sink(
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    needs_login: bool = False,
    port: int = 0,
) -> Iterator[Sink]:
    """A sink while the block runs, on a free port unless one is given."""

    def authenticate(*arguments: Any) -> AuthResult:
        given = arguments[-1]
        is_right = isinstance(given, LoginPassword) and given == LoginPassword(USER, PASSWORD)
        return AuthResult(success=is_right, handled=False)  # else it says nothing of a wrong one

    keeper = Sink()
    options: dict[str, Any] = {"tls_context": starttls} if starttls else {}
    if needs_login:
        options |= {
            "authenticator": authenticate,
            "auth_required": True,
            "auth_require_tls": bool(starttls),
        }
    controller = Controller(keeper, HOST, port or free_port(), ssl_context=tls, **options)
    controller.start()
    keeper.port = controller.port
    try:
        yield keeper
    finally:
        asyncio.run_coroutine_threadsafe(_settle(), controller.loop).result(SETTLE_SECONDS)
        controller.stop()


@contextmanager
def silent_at_the_end(context: ssl.SSLContext) -> Iterator[int]:
    """A server on this port, TLS from the start, that takes one mail and after its goodbye neither
    reads nor closes while the block runs."""
    is_over = threading.Event()
    with socket.create_server((HOST, 0)) as listener:
        serving = threading.Thread(target=_take_one, args=(listener, context, is_over))
        serving.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            is_over.set()
            serving.join(SETTLE_SECONDS)


def _take_one(listener: socket.socket, context: ssl.SSLContext, is_over: threading.Event) -> None:
    replies = {b"DATA\r\n": b"354 go on\r\n", b"QUIT\r\n": b"221 goodbye\r\n"}
    with listener.accept()[0] as accepted, context.wrap_socket(accepted, server_side=True) as line:
        line.sendall(b"220 here\r\n")
        with line.makefile("rb") as heard:
            command = b""
            while command != b"QUIT\r\n":
                is_mail, command = command == b"DATA\r\n", heard.readline()
                while is_mail and command != b".\r\n":
                    command = heard.readline()
                line.sendall(replies.get(command, b"250 well\r\n"))
        is_over.wait(SETTLE_SECONDS)


async def _settle() -> None:
    """Lets connections end that their clients have closed: a loop that stops before leaves theirs
    open."""
    for _ in range(SETTLE_TURNS):
        await asyncio.sleep(0)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def certificate(folder: Path, name: str = "localhost") -> ssl.SSLContext:
    """What a server shows, with a certificate of its own making, kept as `ca.pem` in the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority, private = folder / "ca.pem", folder / "key.pem"
    authority.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority, private)
    return context
