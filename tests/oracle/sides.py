"""The two programs that are compared: PocketBase as a server, Holobase in this process."""

import asyncio
import json
import subprocess
import sys
import traceback
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import msgspec

from bench.target import Target
from holobase.api.app import App
from holobase.api.surroundings import Surroundings
from holobase.domain.collection import Collection
from holobase.engine.definitions import define
from holobase.runtime import superusers
from holobase.runtime.settings import Secret, Settings
from holobase.runtime.wiring import open_instance

ROOT = ("root@example.com", "a password of oracles")
ANSWER_SECONDS = 30.0
HEADERS = {"X-Token": "a", "User-Agent": "oracle"}


@dataclass(frozen=True)
class Question:
    """One request; `as_root` with a superuser's token."""

    method: str
    path: str
    as_root: bool = True
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None

    def __str__(self) -> str:
        lines = [f"{self.method} {self.path}  ({'superuser' if self.as_root else 'guest'})"]
        lines += [f"  {name} = {value!r}" for name, value in self.query]
        if self.body is not None:
            lines.append(f"  {json.dumps(self.body, ensure_ascii=False)}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Answer:
    """A status and the decoded body (None where there is none)."""

    status: int
    body: Any

    def __str__(self) -> str:
        return f"{self.status} {json.dumps(self.body, ensure_ascii=False, sort_keys=True)}"

    def ids(self) -> "Answer":
        """A page with nothing but the ids of its records; any other answer as it is."""
        if not isinstance(self.body, dict) or "items" not in self.body:
            return self
        return Answer(
            self.status, {**self.body, "items": [i.get("id") for i in self.body["items"]]}
        )


class Side(Protocol):
    """One of the two programs, on an empty store of its own."""

    @property
    def title(self) -> str:
        """What it is and its version."""
        ...

    def define(self, collections: tuple[Collection, ...]) -> None:
        """Makes these collections."""
        ...

    def set_rules(self, collection: Collection, rules: Mapping[str, str | None]) -> bool:
        """Changes rules by their wire names; False where they are refused."""
        ...

    def ask(self, question: Question) -> Answer:
        """What it answers."""
        ...

    def close(self) -> None:
        """Ends it."""
        ...


class Pocketbase:
    """The real program, on a free port."""

    def __init__(self, program: Path, folder: Path) -> None:
        folder.mkdir()
        data = ["--dir", str(folder / "data")]
        command = [str(program), "superuser", "upsert", *ROOT, *data]
        subprocess.run(command, check=True, capture_output=True)
        told = subprocess.run([str(program), "--version"], check=True, capture_output=True)
        self.title = f"PocketBase {told.stdout.decode().split()[-1]}"
        self._target = Target(
            "PocketBase",
            folder,
            lambda address: [str(program), "serve", "--http", address, *data],
            lambda _target: None,
        )
        self._target.start()
        self._client = httpx.Client(base_url=self._target.url, timeout=ANSWER_SECONDS)
        self._token = self._client.post(LOGIN, json=LOGIN_BODY).raise_for_status().json()["token"]
        self._must("PATCH", "/api/settings", {"logs": {"maxDays": 0}})

    def define(self, collections: tuple[Collection, ...]) -> None:
        made: list[dict[str, Any]] = msgspec.to_builtins(collections)
        for each in made:
            for name in ("auth", "created", "updated", "viewQuery"):
                each.pop(name, None)
        self._must("PUT", "/api/collections/import", {"collections": made})

    def set_rules(self, collection: Collection, rules: Mapping[str, str | None]) -> bool:
        path = f"/api/collections/{collection.name}"
        return self.ask(Question("PATCH", path, body=dict(rules))).status == 200

    def ask(self, question: Question) -> Answer:
        return _answer(self._client.request(**_sent(question, self._token)))

    def close(self) -> None:
        self._client.close()
        self._target.stop()

    def _must(self, method: str, path: str, body: Any) -> None:
        answer = self.ask(Question(method, path, body=body))
        if answer.status not in (200, 204):
            sys.exit(f"PocketBase refused {method} {path}: {answer}")


class Holobase:
    """Our API over a store of its own; collections are defined behind the wire."""

    def __init__(self, folder: Path, store: str | None) -> None:
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        given = Secret(store) if store else None
        settings = Settings(data=folder, store=given, failed_logins_max=0)
        self._runner.run(self._start(settings))

    async def _start(self, settings: Settings) -> None:
        instance = await self._open.enter_async_context(open_instance(settings))
        self._application = instance.application
        self.title = f"Holobase on {type(instance.store).__name__}"
        await superusers.create(instance.application, *ROOT)
        surroundings = Surroundings(
            body_bytes_max=settings.body_bytes_max,
            is_ready=lambda: True,
            log_error=lambda _what, error, _id: traceback.print_exception(error),
            start_job=lambda _job: None,
        )
        app = App(instance.application, surroundings)
        transport = httpx.ASGITransport(app)
        self._client = await self._open.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://holobase")
        )
        login = await self._client.post(LOGIN, json=LOGIN_BODY)
        self._token = login.raise_for_status().json()["token"]

    def define(self, collections: tuple[Collection, ...]) -> None:
        for each in collections:
            self._define(None, each)

    def set_rules(self, collection: Collection, rules: Mapping[str, str | None]) -> bool:
        before = self._application.catalogue.get(collection.name)
        named = {name: rules[f"{name.removesuffix('_rule')}Rule"] for name in RULES}
        self._define(before, msgspec.structs.replace(before.collection, **named))
        return True

    def _define(self, before: Any, after: Collection) -> None:
        kernel = self._application.kernel

        async def defined() -> None:
            asking = kernel.service_request("oracle")
            await kernel.run(asking, lambda unit: define(unit, before, after))
            kernel.catalogue.replace(kernel.store.definitions())

        self._runner.run(defined())

    def ask(self, question: Question) -> Answer:
        return _answer(self._runner.run(self._client.request(**_sent(question, self._token))))

    def close(self) -> None:
        self._runner.run(self._open.aclose())
        self._runner.close()


LOGIN = "/api/collections/_superusers/auth-with-password"
LOGIN_BODY = {"identity": ROOT[0], "password": ROOT[1]}
RULES = ("list_rule", "view_rule", "create_rule", "update_rule", "delete_rule")


def _sent(question: Question, token: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "method": question.method,
        "url": question.path,
        "params": question.query,
        "headers": {**HEADERS, "Authorization": token} if question.as_root else HEADERS,
    }
    if question.body is not None:
        made["content"] = json.dumps(question.body).encode()
        made["headers"] = {**made["headers"], "Content-Type": "application/json"}
    return made


def _answer(response: httpx.Response) -> Answer:
    return Answer(response.status_code, response.json() if response.content else None)
