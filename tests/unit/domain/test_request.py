"""Requests: the same one with other values."""

from dataclasses import fields, replace

import pytest

from holobase.domain.principal import Request

ASKED = Request(method="PATCH", query={"a": "b"}, now=7, id="r1", address="192.0.2.1", session="s")


@pytest.mark.parametrize("name", [each.name for each in fields(Request)])
def test_a_request_with_another_value_is_the_same_but_for_that(name: str) -> None:
    assert ASKED.but(**{name: "other"}) == replace(ASKED, **{name: "other"})  # type: ignore[arg-type]


def test_a_value_that_no_request_has_is_refused() -> None:
    with pytest.raises(AttributeError):
        ASKED.but(nothing=1)
