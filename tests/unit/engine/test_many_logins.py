"""Many logins of one account in one second: each has a token and a session of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from holobase.domain.principal import SESSIONS, Request
from holobase.kit import ids
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_instance

LOGINS = 20


async def test_a_token_that_is_known_to_be_taken_costs_no_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_instance(Settings(data=tmp_path / "data")) as instance:
        application = instance.application
        kernel = application.kernel
        root = kernel.service_request("test")
        users = application.catalogue.get("users")
        password = ids.record_id()
        body = {"email": "a@example.com", "password": password, "passwordConfirm": password}
        record = await application.writing.create(users, body, root)
        submit, submitted = kernel.store.submit, 0

        async def counted(command: Callable[[], Any]) -> Any:
            nonlocal submitted
            submitted += 1
            return await submit(command)

        monkeypatch.setattr(kernel.store, "submit", counted)
        asking = Request(now=root.now, service="test")
        given = [
            (await application.login.impersonate(users, record.id, 0, asking)).token
            for _ in range(LOGINS)
        ]
        assert len(set(given)) == LOGINS
        assert submitted == LOGINS
        total = kernel.store.total(application.catalogue.get(SESSIONS).collection)
        assert await kernel.store.fetch(total, total.bind()) == [(LOGINS,)]
