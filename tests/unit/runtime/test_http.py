"""Listening: sockets that answer at once, and addresses that somebody else has."""

import errno
import socket

import pytest

from holobase.runtime.http import listen


def test_sockets_name_tcp_so_that_small_answers_are_not_held_back() -> None:
    for listener in listen("localhost", 0, 10):
        with listener:
            assert listener.proto == socket.IPPROTO_TCP


def test_localhost_is_refused_when_one_of_its_loopbacks_is_taken() -> None:
    with socket.socket(socket.AF_INET6) as taken:
        taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind(("::1", 0))
        taken.listen()
        with pytest.raises(OSError) as refused:
            listen("localhost", taken.getsockname()[1], 10)
    assert refused.value.errno == errno.EADDRINUSE
