"""`make oracle` as well: the same people listen to a real PocketBase and to Holobase while the same
things happen; what each of them is told after each step is compared.

PocketBase promises no order, so the messages of a step are compared as a set.
"""

import argparse
import json
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.session import SUPERUSER
from bench.target import Target, holobase, pocketbase
from tests import postgres
from tests.listener import PATH, Listener
from tests.oracle.realtime_script import COLLECTIONS, P1, PASSWORD, PEOPLE, STEPS

QUIET_SECONDS = 0.4
"""Once nothing has been told for so long, a step is over."""

MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z")
ORIGIN = re.compile(r'("fingerprint": "[0-9a-f]*", "id": )"[a-z0-9]{15}"')
LOGIN = "/api/collections/{}/auth-with-password"

Told = tuple[str, str]
"""The name of a message and its data as JSON, without what differs from run to run."""


class Ear:
    """A connection whose messages are gathered beside everything else."""

    def __init__(self, url: str) -> None:
        self._listener = Listener(url)
        self.id = self._listener.id
        self._heard: list[Told] = []
        self.at = time.monotonic()
        self._thread = threading.Thread(target=self._gather)
        self._thread.start()

    def _gather(self) -> None:
        try:
            while True:
                message = self._listener.next()
                self._heard.append((message.event, _settled(message.data, self.id)))
                self.at = time.monotonic()
        except (OSError, EOFError, ValueError, AttributeError):
            return

    def taken(self) -> list[Told]:
        """What was told since the last time, in an order of its own."""
        heard, self._heard = self._heard, []
        return sorted(heard)

    def close(self) -> None:
        """Hangs up."""
        self._listener.hang_up()
        self._thread.join(10)
        self._listener.close()


@dataclass
class Side:
    """One program with its people: their tokens, and the connections by name."""

    target: Target
    client: httpx.Client
    tokens: dict[str, str] = field(default_factory=dict)
    ears: dict[str, Ear] = field(default_factory=dict)

    def ask(self, who: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status, and what is the same in every run about the body of a refusal."""
        token = self.tokens.get(who, "")
        answer = self.client.request(
            method, path, json=body, headers={"authorization": token} if token else {}
        )
        told = answer.json() if answer.content else None
        if isinstance(told, dict) and "token" in told:
            self.tokens[str(told["record"].get("name") or who)] = told["token"]
        refused = told["data"] if answer.status_code >= 400 and told else None
        return answer.status_code, _codes(refused)

    def do(self, step: Sequence[Any]) -> tuple[int, Any]:
        """One thing of the script: somebody connects, hangs up, listens, or asks for something."""
        match step:
            case ("connect", name):
                self.ears[name] = Ear(self.target.url)
                return 200, None
            case ("hang up", name):
                self.ears.pop(name).close()
                return 200, None
            case ("listen", name, who, topics):
                body = {"clientId": self.ears[name].id, "subscriptions": topics}
                return self.ask(who, "POST", PATH, body)
            case ("wait", seconds):
                time.sleep(seconds)
                return 200, None
            case (who, method, path, *body):
                return self.ask(who, method, path, *body)
        raise ValueError(step)

    def heard(self) -> dict[str, list[Told]]:
        """What everybody was told, once nothing more comes."""
        begun = time.monotonic()
        while (
            time.monotonic() - max([begun, *(ear.at for ear in self.ears.values())]) < QUIET_SECONDS
        ):
            time.sleep(0.02)
        return {name: ear.taken() for name, ear in self.ears.items()}


def _settled(data: Any, client_id: str) -> str:
    """Data as a text that is the same in every run. What `fields` picks comes in any order."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True).replace(client_id, "CLIENT")
    return MOMENT.sub("MOMENT", ORIGIN.sub(r'\1"ORIGIN"', text))


def _codes(data: Any) -> Any:
    """The data of a refusal without its sentences."""
    if not isinstance(data, dict):
        return data
    return {key: _codes(value) for key, value in data.items() if key != "message"}


@contextmanager
def _side(target: Target) -> Iterator[Side]:
    target.start()
    try:
        target.prepare(target)
        with httpx.Client(base_url=target.url, timeout=30) as client:
            side = Side(target, client)
            login = {"identity": SUPERUSER[0], "password": SUPERUSER[1]}
            side.ask("root", "POST", LOGIN.format("_superusers"), login)
            side.tokens["root"] = side.tokens.get("root", "")
            for body in COLLECTIONS:
                _must(side, "/api/collections", body)
            for name, identifier in PEOPLE.items():
                person = {"id": identifier, "name": name, "email": f"{name}@example.com"}
                secret = {"password": PASSWORD, "passwordConfirm": PASSWORD}
                _must(side, "/api/collections/people/records", {**person, **secret})
                login = {"identity": person["email"], "password": PASSWORD}
                side.ask(name, "POST", LOGIN.format("people"), login)
            try:
                yield side
            finally:
                for ear in side.ears.values():
                    ear.close()
    finally:
        target.stop()


def _must(side: Side, path: str, body: Any) -> None:
    status, data = side.ask("root", "POST", path, body)
    if status != 200:
        sys.exit(f"{side.target.name} refused {path}: {status} {data}\n{body}")


def _known(step: Sequence[Any], who: str, event: str, data: str) -> str | None:
    """The row of docs/deviations.md that explains a message which only one side told."""
    is_deletion = '"action": "delete"' in data
    if who == "root" and "secret" in event:
        return "a superuser's realtime filter by a hidden field"
    if is_deletion and "expand" in event and "children/" in event and P1 in step[2]:
        return "`expand` in the deletion of a record that goes with another"
    if is_deletion and event.startswith("_authOrigins/") and "password" in step[-1]:
        return "what goes with a new password or token key"
    return None


def _compare(theirs: Side, ours: Side, tell: Callable[[str], None]) -> int:
    """Runs the script on both; how many steps differ."""
    differences = 0
    for step in STEPS:
        answers = theirs.do(step), ours.do(step)
        heard = theirs.heard(), ours.heard()
        found = []
        if answers[0] != answers[1]:
            found.append(f"  PocketBase answers {answers[0]}, Holobase {answers[1]}")
        for name in heard[0]:
            told = [Counter(each[name]) for each in heard]
            for title, alone in (
                ("PocketBase", told[0] - told[1]),
                ("Holobase", told[1] - told[0]),
            ):
                for (event, data), count in alone.items():
                    if _known(step, name, event, data) is None:
                        found.append(f"  {name}, {title} alone, {count} times: {event} {data}")
        if found:
            differences += 1
            tell("\n".join(["", json.dumps(step, ensure_ascii=False), *found]))
    return differences


def main() -> int:
    """Compares, tells; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.realtime", description=__doc__)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="oracle-realtime-") as folder,
        postgres.fresh_url() if options.store == "postgres" else nullcontext() as url,
    ):
        folders = [Path(folder) / name for name in ("theirs", "ours")]
        for each in folders:
            each.mkdir()
        variant = f"{options.store}:{options.workers}"
        with (
            _side(pocketbase(folders[0], options.program, with_community=False)) as theirs,
            _side(holobase(folders[1], variant, url, with_community=False)) as ours,
        ):
            differences = _compare(theirs, ours, print)
    print(f"{len(STEPS)} steps of realtime, {differences} differ.")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
