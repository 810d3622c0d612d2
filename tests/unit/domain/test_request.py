"""Requests: the same one with other values."""

import pytest

from holobase.domain.principal import Request

ASKED = Request(method="PATCH", query={"a": "b"}, now=7, id="r1", address="192.0.2.1", session="s")


def test_a_request_with_another_value_is_the_same_but_for_that() -> None:
    changed = ASKED.but(method="POST", now=8)
    assert (changed.method, changed.now) == ("POST", 8)
    assert changed.but(method="PATCH", now=7) == ASKED
    assert (ASKED.method, ASKED.now) == ("PATCH", 7)


def test_a_value_that_no_request_has_is_refused() -> None:
    with pytest.raises(TypeError):
        ASKED.but(nothing=1)
