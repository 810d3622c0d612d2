"""Sharing connections: whoever has fewest takes the next one, but none is left for ever."""

import time
from types import SimpleNamespace

import pytest

from holobase.runtime import http, shares
from holobase.runtime.shares import Shares

BURST = 500


def two_workers() -> Shares:
    """As the first of two workers sees them, none of which has a connection."""
    made = Shares(2)
    for worker in (1, 0):
        made.sit(worker)
        made.enter()
    return made


def test_who_has_more_than_another_leaves_the_next_connection_to_it() -> None:
    mine = two_workers()
    assert mine.may_take()
    mine.took_one()
    assert not mine.may_take()
    mine.have(0)
    assert mine.may_take()


def test_a_connection_that_the_other_does_not_take_is_taken() -> None:
    mine = two_workers()
    mine.took_one()
    looks = 0
    while not mine.may_take():
        looks += 1
    assert looks > 0


def test_a_worker_that_left_is_not_waited_for() -> None:
    mine = two_workers()
    mine.took_one()
    mine.leave(1)
    assert mine.may_take()
    mine.leave()
    assert mine.may_take()


def test_a_burst_is_taken_evenly_in_a_few_turns_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "time", SimpleNamespace(monotonic=lambda: 1.0))  # no time passes
    shared = two_workers()
    taken, turns = [0, 0], 0
    while sum(taken) < BURST:
        turns += 1
        for worker in (0, 1):
            shared.sit(worker)
            for _ in range(http.ACCEPTED_AT_ONCE):
                if sum(taken) < BURST and shared.may_take():
                    shared.took_one()
                    taken[worker] += 1
    assert turns <= BURST // 15
    assert max(taken) - min(taken) <= BURST // 10


def test_patience_begins_anew_after_a_while() -> None:
    mine = two_workers()
    mine.took_one()
    assert not mine.may_take()
    time.sleep(2 * shares.PATIENCE_SECONDS)
    assert not mine.may_take()
