"""The mails that a server without a mail server has written into its folder."""

import re
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

WAIT_SECONDS = 20.0
POLL_SECONDS = 0.02


class Mailbox:
    """Reads the folder of a server's mails."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "mails"
        self._read: dict[Path, tuple[str, EmailMessage]] = {}

    def all(self, to: str) -> list[EmailMessage]:
        """Everything that somebody has got so far, in order."""
        paths = sorted(self._folder.glob("*.eml"))
        for path in paths:
            if path not in self._read:  # a mail never changes, and a thousand take a second to read
                message = message_from_bytes(path.read_bytes(), policy=policy.default)
                self._read[path] = (str(message["To"]), message)
        return [self._read[path][1] for path in paths if self._read[path][0] == to]

    def await_mails(self, to: str, number: int = 1) -> list[EmailMessage]:
        """What somebody has got, once it is so much."""
        deadline = time.monotonic() + WAIT_SECONDS
        while len(found := self.all(to)) < number:
            assert time.monotonic() < deadline, f"{len(found)} of {number} mails for {to}"
            time.sleep(POLL_SECONDS)
        return found

    def text(self, to: str, number: int = 1) -> str:
        """The plain text of the newest of so many mails."""
        return plain(self.await_mails(to, number)[number - 1])

    def token(self, to: str, number: int = 1) -> str:
        """The token in the newest of so many mails."""
        found = re.search(r"/(ey[\w.-]+)", self.text(to, number))
        assert found is not None
        return found[1]

    def code(self, to: str, number: int = 1) -> str:
        """The code in the newest of so many mails."""
        found = re.search(r"\b\d{4,}\b", self.text(to, number))
        assert found is not None
        return found[0]


def plain(message: EmailMessage) -> str:
    """The plain text of a mail."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
