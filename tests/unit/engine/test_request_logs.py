"""The queue of the request log: it never waits, and tells of what it drops."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holobase.domain.request_logs import INFO, TRUNCATED, Entry, data_text
from holobase.domain.settings import DEFAULTS
from holobase.engine import request_logs
from holobase.engine.metrics import LOG_DROPPED
from holobase.engine.request_logs import BATCH_MAX, RequestLogs
from holobase.kit import json


class _Settings:
    held = DEFAULTS

    async def current(self) -> Any:
        return self.held


class _Log:
    """A log that keeps what it is given, as soon as it may."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.batches: list[int] = []
        self.error: Exception | None = None
        self.trimmed: list[tuple[str, int]] = []

    async def write(self, entries: Sequence[Entry]) -> None:
        if self.error is not None:
            raise self.error
        self.entries += entries
        self.batches.append(len(entries))

    async def trim(self, before: str, below: int) -> None:
        self.trimmed.append((before, below))


def _logs(log: _Log, told: list[Exception]) -> RequestLogs:
    settings: Any = _Settings()
    kept: Any = log
    return RequestLogs(kept, settings, lambda: 1_700_000_000_000, told.append)


def _dropped() -> float:
    return float(LOG_DROPPED._value.get())


def test_what_waits_is_written_at_the_end_in_batches() -> None:
    async def steps() -> None:
        log = _Log()
        async with _logs(log, []) as logs:
            for number in range(BATCH_MAX + 1):
                logs.note(INFO, f"entry {number}", {"b": 1, "a": number})
            assert log.entries == []
        assert log.batches == [BATCH_MAX, 1]
        first = log.entries[0]
        assert (first.created, first.data) == ("2023-11-14 22:13:20.000Z", '{"a":0,"b":1}')
        assert len({entry.id for entry in log.entries}) == BATCH_MAX + 1

    asyncio.run(steps())


def test_a_full_queue_drops_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_logs, "QUEUE_MAX", 3)

    async def steps() -> None:
        log, before = _Log(), _dropped()
        logs = _logs(log, [])
        for number in range(5):
            logs.note(INFO, str(number), {})
        await logs.flush()
        assert [entry.message for entry in log.entries] == ["0", "1", "2"]
        assert _dropped() - before == 2

    asyncio.run(steps())


def test_what_cannot_be_written_is_told_and_does_not_pile_up() -> None:
    async def steps() -> None:
        log, told, before = _Log(), list[Exception](), _dropped()
        logs = _logs(log, told)
        log.error = OSError("the disk is full")
        logs.note(INFO, "lost", {})
        await logs.flush()
        log.error = None
        logs.note(INFO, "kept", {})
        await logs.flush()
        assert [entry.message for entry in log.entries] == ["kept"]
        assert told == [log.error or told[0]] and _dropped() - before == 1

    asyncio.run(steps())


def test_old_entries_are_trimmed() -> None:
    async def steps() -> None:
        log = _Log()
        await _logs(log, []).trim()
        assert log.trimmed == [("2023-11-09 22:13:20.000Z", 0)]

    asyncio.run(steps())


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=20), max_size=8), st.integers(1, 200))
def test_truncated_data_is_json_of_a_bounded_length(members: dict[str, str], most: int) -> None:
    text = data_text(members, most)
    decoded = msgspec.json.decode(text)
    if TRUNCATED not in decoded or TRUNCATED in members:
        return
    assert len(json.encode(members)) > most
    del decoded[TRUNCATED]
    kept = sorted(members)[: len(decoded)]
    assert list(decoded) == kept
    assert all(decoded[name] == members[name] for name in kept[:-1])
    assert len(json.encode(decoded)) <= most + len("null,")
