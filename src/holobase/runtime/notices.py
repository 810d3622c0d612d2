"""Mails to the superusers about what the server could not do by itself."""

from html import escape

from holobase.domain.settings import Meta
from holobase.engine.application import Application
from holobase.kit import ids
from holobase.ports.mailer import Mail, MailFailed
from holobase.runtime import logging
from holobase.runtime.superusers import list_superusers


async def tell_of_failed_backup(application: Application) -> None:
    """Tells every superuser that the backup of the schedule was not made."""
    meta = (await application.instance_settings.current()).meta
    subject = f"{meta.app_name}: the scheduled backup failed"
    text = (
        f"The scheduled backup of {meta.app_name} ({meta.app_url}) could not be made. The server's"
        " log says why; the next one is tried at its time."
    )
    for _, address, _ in await list_superusers(application):
        mail = _mail(meta, address, subject, text, application.kernel.clock())
        try:
            await application.postbox.send(mail)
        except MailFailed as failed:
            log = logging.get("holobase.mail")
            log.error("a superuser was not told of a failed backup", exc_info=failed)


def _mail(meta: Meta, to: str, subject: str, text: str, now: int) -> Mail:
    domain = meta.sender_address.rpartition("@")[2] or "localhost"
    return Mail(
        message_id=f"{ids.random_text(24, ids.LOWER_ALPHANUMERIC)}@{domain}",
        at=now,
        sender_name=meta.sender_name,
        sender_address=meta.sender_address,
        to=to,
        subject=subject,
        text=text,
        html=f"<p>{escape(text)}</p>",
    )
