"""A process that writes to a folder without a pause, with small bounds for the log file.

python -m tests.faults.logs FOLDER
"""

import asyncio
import sys
from pathlib import Path

from holobase.adapters.sqlite import checkpointer
from tests.faults.load import write_until

PAGES_DUE = 50
PAGES_MAX = 200


def main(folder: Path) -> None:
    checkpointer.LOOK_SECONDS = 0.02
    checkpointer.PAGES_DUE = PAGES_DUE
    checkpointer.PAGES_MAX = PAGES_MAX
    asyncio.run(write_until(folder, lambda _: None))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
