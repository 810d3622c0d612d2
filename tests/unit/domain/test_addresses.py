"""E-mail and web addresses: what counts as one, and whose may be used."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holobase.domain.errors import FieldError
from holobase.domain.fields import EmailField, UrlField

EMAIL = EmailField(id="x", name="x")
URL = UrlField(id="x", name="x")


@pytest.mark.parametrize(
    "address",
    [
        "a@b.c",
        "A.B+c@x.yz",
        "first.last@sub.domain.co.uk",
        "!#$%&'*+-/=?^_`{|}~@x.yz",
        "한@한국.kr",
        "a@b.한국",
        "a@exämple.com",
        "a@1.co",
        "a@b_c.co",
        "a@b--c.co",
        "a@b.c-d",
        "a@b.co.",
        '"a"@b.co',
        "a" * 65 + "@b.co",
    ],
)
def test_an_email_address_is_accepted(address: str) -> None:
    assert EMAIL.validate(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "x",
        "a@b",
        "a@localhost",
        "@b.co",
        "a@",
        " a@b.co",
        "a@b.co\n",
        ".a@b.co",
        "a.@b.co",
        "a..b@b.co",
        "a@-b.co",
        "a@b-.co",
        "a@b..co",
        "a@1.2.3.4",
        "a@[1.2.3.4]",
        "a@b.c1",
        "a b@c.de",
        "a@b@c.de",
        "a,b@c.de",
        '"a b"@b.co',
        '""@b.co',
        "a@😀.co",
        "a@b.c\x80d",
    ],
)
def test_what_is_no_email_address_is_refused(address: str) -> None:
    assert EMAIL.validate(address) == FieldError("validation_is_email")


@pytest.mark.parametrize(
    "address",
    [
        "example.com",
        "http://localhost",
        "https://x",
        "ftp://x.yz",
        "tcp://x:1",
        "udp://x:1",
        "ws://x.y",
        "wss://x.y",
        "mailto:a@b.c",
        "localhost:8080",
        "a/b.c",
        "http://1.2.3.4:80/",
        "http://[::1]:80/x",
        "http://[fe80::1%25en0]",
        "http://u:p@a.co",
        "http://@a.co",
        "é@a.co",
        '"x"@a.co',
        "http://한국.kr/한국",
        "http://foo.bar_baz.com",
        "http://a--b.de",
        "http://a.b.",
        "http://a.b?x=<>\"'",
        "http://ex.co?%zz",
        "http://a.b/%20#?",
        "https://example.1co",
        "http://a.b/" + "x" * 2071,
    ],
)
def test_a_web_address_is_accepted(address: str) -> None:
    assert URL.validate(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "x.y",
        "abcd",
        "1234",
        "localhost",
        "ab?x.y",
        "@a.co",
        "http://",
        "http:///a",
        "http:/a.b",
        "//a.b",
        "HTTP://x.y",
        "gopher://x.y",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://a b.c",
        " http://a.b",
        "http://a.b\n",
        "http://a.b/\x01",
        "http://a.b/%zz",
        "http://u<x@a.co",
        "http://u%zz@a.co",
        "http://-a.b",
        "http://a-.b",
        "http://.a.b",
        "http://a..b",
        "http://a.b:",
        "http://a.b:123456",
        "http://a.b:80a",
        "http://a.123",
        "http://256.1.1.1",
        "http://0.0.0.0",
        "http://1.2.3.4.5",
        "http://[::1",
        "http://[12345::]",
        "http://[1.2.3.4]x",
        "http://💩.la",
        "http://a.b/" + "x" * 2072,
    ],
)
def test_what_is_no_web_address_is_refused(address: str) -> None:
    assert URL.validate(address) == FieldError("validation_invalid_url")


@pytest.mark.parametrize(
    ("address", "only", "excepted", "allowed"),
    [
        ("x@a.bc", ("a.bc",), (), True),
        ("x@A.bc", ("a.bc",), (), False),
        ("x@a.bc", (), ("a.bc",), False),
        ("x@d.ef", (), ("a.bc",), True),
    ],
)
def test_email_domains_are_compared_exactly(
    address: str, only: tuple[str, ...], excepted: tuple[str, ...], allowed: bool
) -> None:
    field = EmailField(id="x", name="x", only_domains=only, except_domains=excepted)
    refusal = FieldError("validation_email_domain_not_allowed")
    assert field.validate(address) == (None if allowed else refusal)


@pytest.mark.parametrize(
    ("address", "only", "excepted", "allowed"),
    [
        ("http://u:p@a.bc?x", ("a.bc",), (), True),
        ("http://a.bc:80", ("a.bc",), (), False),
        ("a.bc/x", ("a.bc",), (), False),
        ("http://u@a.bc/x", (), ("a.bc",), False),
        ("http://A.bc", (), ("a.bc",), True),
        ("a.bc", (), ("a.bc",), True),
    ],
)
def test_url_domains_include_the_port_and_need_a_scheme(
    address: str, only: tuple[str, ...], excepted: tuple[str, ...], allowed: bool
) -> None:
    field = UrlField(id="x", name="x", only_domains=only, except_domains=excepted)
    refusal = FieldError("validation_url_domain_not_allowed")
    assert field.validate(address) == (None if allowed else refusal)


@given(st.text(alphabet="a1.-_@:/?#[]%\\ ~é", max_size=60))
def test_no_text_makes_checking_an_address_fail(text: str) -> None:
    URL.validate(text)
    EMAIL.validate(text)


@pytest.mark.parametrize("piece", ["a", "@", ".", "a.", "a-", "a@", ":1", "http://", "[", "%"])
def test_no_address_makes_checking_slow(piece: str) -> None:
    started = time.perf_counter()
    URL.validate("http://" + (piece * 3000)[:2070])
    EMAIL.validate(piece * 20_000 + "!")
    assert time.perf_counter() - started < 1
