"""A bound that nothing reads is a promise that nobody keeps."""

from pathlib import Path

import pytest

from docs import bounds
from holobase.runtime.settings import Settings

SOURCES = Path(__file__).parent.parent.parent / "src" / "holobase"
PROGRAM = "\n".join(
    path.read_text() for path in SOURCES.rglob("*.py") if path.name != "settings.py"
)
READ_BY_PROPERTIES = {"http"}
"""Settings that `Settings` itself takes apart for the others."""


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - READ_BY_PROPERTIES))
def test_a_setting_is_read_by_the_program(name: str) -> None:
    assert f"settings.{name}" in PROGRAM


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_says_what_it_is_and_why(name: str) -> None:
    description = Settings.model_fields[name].description or ""
    assert description.endswith(".")


def test_a_fixed_bound_has_a_reason() -> None:
    lacking = [f"{bound.module}: {bound.name}" for bound in bounds.find() if not bound.reason]
    assert not lacking, "write why into a string below each of these"


@pytest.mark.parametrize("address", ["8090", ":8090", "localhost", "a:b", "127.0.0.1:70000"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="must be HOST:PORT"):
        Settings(http=address)


def test_an_address_is_taken_apart() -> None:
    settings = Settings(http="[::1]:0")
    assert (settings.host, settings.port) == ("::1", 0)
