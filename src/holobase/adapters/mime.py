"""A mail in the form in which it travels: headers, and its text in two versions."""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

from holobase.ports.mailer import Mail, MailFailed


def message_of(mail: Mail) -> EmailMessage:
    """The message. Raises MailFailed for an address that is none."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = Address(mail.sender_name, addr_spec=mail.sender_address)
        message["To"] = Address(addr_spec=mail.to)
    except (MessageError, ValueError, IndexError) as error:
        raise MailFailed(f"not an address: {error}", is_final=True) from error
    message["Subject"] = " ".join(mail.subject.split())  # a line break would begin a header
    message["Date"] = formatdate(mail.at / 1000)
    message["Message-ID"] = f"<{mail.message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message
