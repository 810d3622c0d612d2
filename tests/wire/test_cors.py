"""CORS: which pages may read the answers, by patterns of origins."""

import pytest

from holobase.api.origins import Origins

SOME = Origins(("http://a.com", "https://*.b.com", "http://c?.com"))


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        ("http://a.com", True),
        ("http://A.com", False),
        ("http://a.com:80", False),
        ("http://a.com.evil.com", False),
        ("http://aXcom", False),
        ("https://x.b.com", True),
        ("https://x.y.b.com", True),
        ("http://x.b.com", False),
        ("https://b.com", False),
        ("http://c1.com", True),
        ("http://c.com", False),
        ("null", False),
    ],
)
def test_origins_are_let_in_by_patterns(origin: str, is_let_in: bool) -> None:
    allowed = (b"access-control-allow-origin", origin.encode())
    assert (allowed in SOME.answer(origin)) == is_let_in
    preflight = SOME.preflight(origin, "x-thing")
    assert (allowed in preflight) == is_let_in
    if not is_let_in:
        assert preflight == [(b"vary", b"Origin")]
        assert SOME.answer(origin) == ()


def test_a_star_names_nobody() -> None:
    everybody = Origins(("http://a.com", "*"))
    assert (b"access-control-allow-origin", b"*") in everybody.answer("null")
    assert (b"access-control-allow-headers", b"x") in everybody.preflight("null", "x")
    assert everybody.preflight(None, "x") == [(b"vary", b"Origin")]
