"""Mail by SMTP."""

from holobase.adapters.smtp.mailer import SmtpMailer

__all__ = ["SmtpMailer"]
