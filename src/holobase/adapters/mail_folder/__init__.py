"""Mail into a folder: for development, and wherever no mail server is set up."""

from holobase.adapters.mail_folder.mailer import FolderMailer

__all__ = ["FolderMailer"]
