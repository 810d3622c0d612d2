"""The engine behind the wire, in this process, where its work can be counted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from holobase.domain.fields import PasswordField
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.accounts.passwords import Passwords
from holobase.engine.application import Application
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_instance

ACCOUNT = {
    "username": "anna",
    "email": "anna@example.com",
    "password": "password123",
    "passwordConfirm": "password123",
}


class Inside:
    """An application whose password work is counted: what was hashed, what was compared."""

    def __init__(self, application: Application, monkeypatch: Any) -> None:
        self.application = application
        self.hashed: list[str] = []
        self.compared: list[tuple[str, str]] = []
        real_hash, real_verify = Passwords.hash, Passwords.verify

        async def count_hash(passwords: Passwords, plain: str, field: PasswordField) -> str:
            self.hashed.append(plain)
            return await real_hash(passwords, plain, field)

        async def count_verify(
            passwords: Passwords, plain: str, hashed: str, cost: int = 0
        ) -> bool:
            self.compared.append((plain, hashed))
            return await real_verify(passwords, plain, hashed, cost)

        monkeypatch.setattr(Passwords, "hash", count_hash)
        monkeypatch.setattr(Passwords, "verify", count_verify)

    async def create(self, request: Request | None = None, **changes: Any) -> Record:
        """A sign-up."""
        users = self.application.catalogue.get("users")
        body = {**ACCOUNT, **changes}
        return await self.application.writing.create(users, body, request or Request())

    async def update(self, record_id: str, request: Request, **body: Any) -> Record:
        """A change of an account."""
        users = self.application.catalogue.get("users")
        return await self.application.writing.update(users, record_id, body, request)


@asynccontextmanager
async def inside(folder: Path, monkeypatch: Any, store: str | None = None) -> AsyncIterator[Inside]:
    """An application on a folder of its own, and on this store instead of SQLite."""
    settings = Settings.of({"data": folder, "store": store})
    async with open_instance(settings) as instance:
        yield Inside(instance.application, monkeypatch)
