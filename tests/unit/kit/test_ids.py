"""Ids: their alphabets and lengths, and the ids that are made of names."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holobase.kit import ids


@pytest.mark.parametrize(
    ("text", "checksum"),
    [
        ("id", "3208210256"),
        ("email", "3885137012"),
        ("created", "2990389176"),
        ("updated", "3332085495"),
        ("name", "1579384326"),
        ("avatar", "376926767"),
        ("auth_superusers", "3142635823"),
        ("base_mfas", "2279338944"),
    ],
)
def test_checksums_are_decimal_crc32(text: str, checksum: str) -> None:
    assert ids.checksum(text) == checksum


def test_ids_made_of_names_are_the_ones_clients_know() -> None:
    assert ids.collection_id("auth", "_superusers") == "pbc_3142635823"
    assert ids.field_id("text", "tokenKey") == "text2504183744"
    assert ids.field_id("autodate", "created") == "autodate2990389176"


def test_record_ids_are_fifteen_lower_case_characters() -> None:
    assert re.fullmatch(r"[a-z0-9]{15}", ids.record_id())
    assert len({ids.record_id() for _ in range(1000)}) == 1000


def test_no_character_of_an_alphabet_is_favoured() -> None:
    # Every byte value once; the last 256 % 36 of them, here in front, must be thrown away.
    every_byte = bytes([*range(252, 256), *range(252)])
    text = ids.random_text(252, ids.LOWER_ALPHANUMERIC, lambda _: every_byte)
    assert {text.count(character) for character in ids.LOWER_ALPHANUMERIC} == {7}


@given(st.integers(0, 2**48 - 1))
def test_event_ids_are_uuids_of_version_7_that_begin_with_the_time(milliseconds: int) -> None:
    identifier = ids.event_id(milliseconds)
    assert len(identifier) == 16
    assert int.from_bytes(identifier[:6], "big") == milliseconds
    assert identifier[6] >> 4 == 7
    assert identifier[8] >> 6 == 0b10


@given(counts=st.lists(st.integers(0, 3_000), max_size=12))
def test_random_bytes_are_as_many_as_asked_for_and_given_out_once(counts: list[int]) -> None:
    pool = ids.Pool()
    taken = [pool.take(count) for count in counts]
    assert [len(each) for each in taken] == counts
    long = [each for each in taken if len(each) >= 16]
    assert len(set(long)) == len(long)


def test_a_forked_process_has_random_bytes_of_its_own() -> None:
    ids.fresh_bytes(1)  # from here on the parent has some left
    ear, mouth = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(mouth, ids.fresh_bytes(32))
        os._exit(0)
    os.close(mouth)
    with os.fdopen(ear, "rb") as heard:
        theirs = heard.read()
    os.waitpid(child, 0)
    assert len(theirs) == 32 and theirs != ids.fresh_bytes(32)
