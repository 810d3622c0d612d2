"""The locked packages: pinned, hashed, nothing of other shapes, and no registry named."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LOCKS = ("requirements/run.txt", "requirements/dev.txt")
OTHER_SHAPES = re.compile(r"psycopg|nats|redis|boto|minio", re.IGNORECASE)


def pins(name: str) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
    return dict(found)


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_has_a_hash(name: str) -> None:
    entries = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    assert entries
    for entry in entries:
        assert "==" in entry and "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("name", [*LOCKS, "tests/sdk/package-lock.json"])
def test_no_lock_names_a_registry(name: str) -> None:
    assert "://" not in (ROOT / name).read_text()


def test_the_locks_agree() -> None:
    run, dev = (pins(name) for name in LOCKS)
    assert run.items() <= dev.items()


def test_an_install_brings_no_client_of_what_it_does_not_talk_to() -> None:
    assert not [name for name in pins("requirements/run.txt") if OTHER_SHAPES.match(name)]


def test_npm_packages_have_hashes() -> None:
    lock = json.loads((ROOT / "tests/sdk/package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
