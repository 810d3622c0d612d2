"""What workers and their supervisor say to each other."""

import os

import pytest

from holobase.runtime.group import say_ready
from holobase.runtime.supervisor import Seat


def test_a_worker_says_once_that_it_serves() -> None:
    heard, ready = os.pipe()
    say_ready(Seat("0", ready, -1), has_superuser=True)
    assert os.read(heard, 10) == b"yes"
    assert os.read(heard, 10) == b""
    os.close(heard)


def test_a_worker_whose_supervisor_has_died_starts_and_ends_in_good_order() -> None:
    heard, ready = os.pipe()
    os.close(heard)
    say_ready(Seat("0", ready, -1), has_superuser=False)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(ready)
