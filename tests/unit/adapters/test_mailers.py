"""The ways out for mails: a real SMTP server, and the folder."""

import asyncio
import email
from email import policy
from pathlib import Path

import psutil
import pytest

from holobase.adapters.mail_folder import FolderMailer
from holobase.adapters.mail_folder import mailer as folder_mailer
from holobase.adapters.smtp import SmtpMailer
from holobase.adapters.smtp import mailer as smtp_mailer
from holobase.domain.settings import Smtp
from holobase.ports.mailer import Mail, MailFailed
from tests.unit.adapters.smtp_sink import (
    PASSWORD,
    USER,
    Sink,
    certificate,
    free_port,
    silent_at_the_end,
    sink,
)


def mail(**changed: str) -> Mail:
    values = {
        "message_id": "abc@example.com",
        "sender_name": "홀로 카드",
        "sender_address": "cards@example.com",
        "to": "fan@example.com",
        "subject": "안녕\r\nBcc: other@example.com",
        "text": "코드 123456\n",
        "html": "<p>코드 <b>123456</b></p>\n",
        **changed,
    }
    return Mail(at=1_790_000_000_000, **values)


def send(sent: Mail, server: Smtp) -> None:
    asyncio.run(SmtpMailer().send(sent, server))


def at(found: Sink, **options: object) -> Smtp:
    return Smtp(enabled=True, host="localhost", port=found.port, **options)  # type: ignore[arg-type]


def test_a_mail_arrives_as_it_was_written() -> None:
    with sink() as found:
        send(mail(), at(found))
    [message] = found.messages
    assert message["Message-ID"] == "<abc@example.com>"
    parsed = email.message_from_bytes(bytes(message), policy=policy.default)
    assert parsed["From"].addresses[0].display_name == "홀로 카드"
    assert (parsed["To"], parsed["Auto-Submitted"]) == ("fan@example.com", "auto-generated")
    assert parsed["Subject"] == "안녕 Bcc: other@example.com" and parsed["Bcc"] is None
    assert parsed["Date"].datetime.timestamp() == 1_790_000_000
    assert parsed.get_content_type() == "multipart/alternative"
    plain, html = parsed.iter_parts()
    assert (plain.get_content(), html.get_content()) == (mail().text, mail().html)


def test_a_server_that_offers_encryption_is_taken_at_its_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with sink(starttls=context, needs_login=True) as found:
        login = {"username": USER.decode(), "password": PASSWORD.decode()}
        for method in ("", "PLAIN", "LOGIN"):
            send(mail(), at(found, auth_method=method, **login))
        assert found.encrypted == found.logged_in == [True, True, True]
        with pytest.raises(MailFailed, match="535") as failed:
            send(mail(), at(found, username="mailer", password="wrong"))
        assert not failed.value.is_final, "whoever sets it right wants the mails sent"


def test_encryption_from_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with sink(tls=context) as found:
        send(mail(), at(found, tls=True))
        assert len(found.messages) == 1
        monkeypatch.setattr(smtp_mailer, "SEND_SECONDS", 0.2)  # each waits for the other to speak
        with pytest.raises(MailFailed):
            send(mail(), at(found))


def test_who_does_not_answer_the_end_of_tls_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with silent_at_the_end(context) as port:

        async def send_one() -> list[object]:
            await SmtpMailer().send(mail(), Smtp(host="localhost", port=port, tls=True))
            await asyncio.sleep(0)  # a transport closes in the turn after
            used = psutil.Process().net_connections("tcp4")
            return [one for one in used if one.raddr and one.raddr.port == port]

        assert asyncio.run(send_one()) == []


@pytest.mark.parametrize("from_the_start", [True, False])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, *, from_the_start: bool
) -> None:
    context = certificate(tmp_path)
    tls, starttls = (context, None) if from_the_start else (None, context)
    with sink(tls=tls, starttls=starttls) as found:
        with pytest.raises(MailFailed):
            send(mail(), at(found, tls=from_the_start))
        assert found.messages == []


def test_a_password_goes_over_no_open_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_mailer, "_is_here", lambda _: False)
    with sink() as found, pytest.raises(MailFailed, match="no encryption"):
        send(mail(), at(found, username="mailer", password="secret"))


@pytest.mark.parametrize(("reply", "is_final"), [("550 nobody", True), ("450 later", False)])
def test_a_server_says_whether_it_will_ever_take_a_mail(reply: str, *, is_final: bool) -> None:
    with sink() as found:
        found.refused["fan@example.com"] = reply
        with pytest.raises(MailFailed) as failed:
            send(mail(), at(found))
    assert failed.value.is_final is is_final


def test_a_server_that_is_not_there_may_come_back() -> None:
    with pytest.raises(MailFailed) as failed:
        send(mail(), Smtp(host="127.0.0.1", port=free_port()))
    assert not failed.value.is_final


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_mailer, "SEND_SECONDS", 0.2)

    async def try_it() -> None:
        left = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()
            left.set()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            with pytest.raises(MailFailed):
                await SmtpMailer().send(mail(), Smtp(host="127.0.0.1", port=port))
            await left.wait()

    asyncio.run(try_it())


@pytest.mark.parametrize("to", ["", "nobody", "a b@example.com", "fan@example.com\nBcc: x@y.zz"])
def test_what_is_no_address_is_never_sent_to(to: str) -> None:
    with pytest.raises(MailFailed) as failed:
        send(mail(to=to), Smtp(host="127.0.0.1", port=1))
    assert failed.value.is_final


def test_a_folder_keeps_a_mail_once_for_its_owner_alone(tmp_path: Path) -> None:
    told: list[Path] = []
    mailer = FolderMailer(tmp_path / "mails", told.append)
    for _ in range(2):
        asyncio.run(mailer.send(mail(), Smtp()))
    [path] = (tmp_path / "mails").iterdir()
    assert told == [path, path]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    parsed = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    assert parsed["To"] == "fan@example.com"


def test_a_folder_keeps_so_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_mailer, "FILES_MAX", 3)
    mailer = FolderMailer(tmp_path, lambda _: None)
    for number in range(5):
        asyncio.run(mailer.send(mail(message_id=f"{number}@example.com"), Smtp()))
    assert [path.name[-5] for path in sorted(tmp_path.iterdir())] == ["2", "3", "4"]


def test_a_folder_that_cannot_be_written_may_be_later(tmp_path: Path) -> None:
    (tmp_path / "mails").write_text("a file")
    mailer = FolderMailer(tmp_path / "mails", lambda _: None)
    with pytest.raises(MailFailed) as failed:
        asyncio.run(mailer.send(mail(), Smtp()))
    assert not failed.value.is_final
