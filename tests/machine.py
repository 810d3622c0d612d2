"""Programs that a machine may lack. What needs one is left out there, and named when a run ends;
under CI, which installs them all, it fails.
"""

import os
import shutil
from pathlib import Path

import pytest

MISSING = "is not on this machine"

PACKAGES = {"chromium": "chromium", "nginx": "nginx", "wrk": "wrk"}
"""Programs, and the packages of Debian that bring them."""


ORACLE = Path(__file__).parent.parent / "build" / "oracle" / "bin" / "pocketbase"
"""PocketBase itself, which `make oracle` installs."""


def oracle() -> str:
    """Where PocketBase is; the test that asks is skipped without it, under CI too: it is somebody
    else's program, which not every machine can fetch."""
    if not ORACLE.exists():
        pytest.skip(f"pocketbase {MISSING} (make oracle installs it)")
    return str(ORACLE)


def require(program: str) -> str:
    """Where the program is; the test that asks is skipped, or under CI fails, without it."""
    found = shutil.which(program)
    if found is None:
        reason = f"{program} {MISSING} (Debian: apt install {PACKAGES[program]})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found
