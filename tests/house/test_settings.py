"""A bound that nothing reads is a promise that nobody keeps."""

from pathlib import Path

import msgspec
import pytest

from docs import bounds
from holobase.runtime.settings import InvalidSettings, Settings

SOURCES = Path(__file__).parent.parent.parent / "src" / "holobase"
PROGRAM = "\n".join(
    path.read_text() for path in SOURCES.rglob("*.py") if path.name != "settings.py"
)
NAMES = {field.name for field in msgspec.structs.fields(Settings)}
READ_BY_PROPERTIES = {"http"}
"""Settings that `Settings` itself takes apart for the others."""


@pytest.mark.parametrize("name", sorted(NAMES - READ_BY_PROPERTIES))
def test_a_setting_is_read_by_the_program(name: str) -> None:
    assert f"settings.{name}" in PROGRAM


def test_a_setting_says_what_it_is_and_why() -> None:
    reasons = {setting.name: setting.reason for setting in bounds.settings()}
    assert set(reasons) == NAMES
    assert not [name for name, reason in reasons.items() if not reason.endswith(".")]


def test_a_fixed_bound_has_a_reason() -> None:
    lacking = [f"{bound.module}: {bound.name}" for bound in bounds.find() if not bound.reason]
    assert not lacking, "write why into a string below each of these"


@pytest.mark.parametrize("address", ["8090", ":8090", "localhost", "a:b", "127.0.0.1:70000"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="must be HOST:PORT"):
        Settings.of({"http": address})


def test_everything_that_is_wrong_is_told_at_once() -> None:
    given = {"workers": "0", "log_level": "loud", "files": "/here", "colour": "red"}
    with pytest.raises(InvalidSettings) as told:
        Settings.of(given)
    assert str(told.value) == (
        "workers: Expected `int` >= 1; log_level: must be one of ERROR, WARN, INFO, DEBUG; "
        "files: must be file:///path or s3://KEY:SECRET@bucket?endpoint=…; "
        "colour: there is no such setting"
    )


def test_a_variable_that_is_no_setting_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Settings.not_known()
    monkeypatch.setenv("HOLOBASE_WORKERS", "2")
    monkeypatch.setenv("HOLOBASE_WORKER", "2")
    assert set(Settings.not_known()) - set(before) == {"HOLOBASE_WORKER"}


def test_text_stands_for_any_value(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"WORKERS": "3", "WITHOUT_COMMUNITY": "yes", "FETCH_ALLOW": "a, b,", "HTTP": "[::1]:0"}
    for name, text in said.items():
        monkeypatch.setenv(f"HOLOBASE_{name}", text)
    monkeypatch.setenv("HOLOBASE_STORE", "postgresql://somebody:secret@host/database")
    monkeypatch.setenv("HOLOBASE_METRICS_HTTP", "")  # as good as not set
    settings = Settings.read({"workers": 2, "data": "here"})
    assert settings.workers == 2  # what is chosen wins
    assert (settings.without_community, settings.fetch_allow) == (True, ("a", "b"))
    assert (settings.data, settings.http, settings.metrics_http) == (Path("here"), "[::1]:0", None)
    assert settings.store
    assert settings.store.reveal().startswith("postgresql://somebody")
    assert "secret" not in repr(settings)


def test_an_address_is_taken_apart() -> None:
    settings = Settings(http="[::1]:0")
    assert (settings.host, settings.port) == ("::1", 0)
