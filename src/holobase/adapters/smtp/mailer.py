"""The mailer that speaks SMTP: TLS from the start where the settings say so, else STARTTLS wherever
the server offers it. Certificates are checked either way.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Final

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from holobase.adapters.mime import message_of
from holobase.domain.settings import Smtp
from holobase.ports.mailer import Mail, MailFailed

SEND_SECONDS: Final = 15.0
"""How long one mail may take from the connection on; servers that answer at all are faster."""

NAME_DEFAULT: Final = "localhost"
"""What the server is told that we are called, as the reference does."""

_FINAL: Final = range(500, 600)


class SmtpMailer:
    """Sends each mail over a connection of its own, with the server that the settings name."""

    async def send(self, mail: Mail, server: Smtp) -> None:
        """Hands the mail to the server. Raises MailFailed: final where the server will never take
        it."""
        message = message_of(mail)
        client = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            local_hostname=server.local_name or NAME_DEFAULT,
            timeout=None,  # one limit is enough, and of two equal ones either may be first
        )
        try:
            async with asyncio.timeout(SEND_SECONDS):
                async with _connected(client):
                    await _log_in(client, server)
                    await client.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            is_final = all(code in _FINAL for code in codes)
            raise MailFailed(_words(error), is_final=is_final) from error
        except SMTPResponseException as error:
            is_login = isinstance(error, aiosmtplib.SMTPAuthenticationError)
            is_final = error.code in _FINAL and not is_login  # a login is mended in the settings
            raise MailFailed(_words(error), is_final=is_final) from error
        except (SMTPException, OSError, ssl.SSLError, ValueError) as error:
            raise MailFailed(_words(error)) from error


@asynccontextmanager
async def _connected(client: SMTP) -> AsyncIterator[None]:
    """Connects, and is gone afterwards: nobody waits for the server to answer the end of TLS."""
    connection: asyncio.BaseTransport | None = None
    try:
        async with client:
            connection = client.transport
            yield
    finally:
        if isinstance(connection, asyncio.WriteTransport):
            connection.abort()


async def _log_in(client: SMTP, server: Smtp) -> None:
    if not (server.username or server.password):
        return
    if client.get_transport_info("sslcontext") is None and not _is_here(server.host):
        raise SMTPException("the server offers no encryption, so it is not told the password")
    if server.auth_method:
        await client.ehlo()  # after STARTTLS the server has forgotten the first one
    if server.auth_method == "LOGIN":
        await client.auth_login(server.username, server.password)
    elif server.auth_method == "PLAIN":
        await client.auth_plain(server.username, server.password)
    else:
        await client.login(server.username, server.password)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
