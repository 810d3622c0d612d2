"""Where a path that is not clean leads: never to another host."""

import pytest

from holobase.api.paths import moved_to


@pytest.mark.parametrize(
    "path", [rb"/\other.example//a", rb"//\other.example/a", rb"/./\other.example"]
)
def test_a_backslash_leads_nowhere_else(path: bytes) -> None:
    moved = moved_to({"raw_path": path, "query_string": b""})
    assert moved is not None
    assert moved.startswith(b"/%5Cother.example")
