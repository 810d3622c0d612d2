"""What an adapter does to be sure that the disk has it."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Puts on the disk what is in a file, or which names are in a folder."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
