"""`make fuzz`: random texts for filter, sort, expand and fields; ends with 1 at the first that
breaks something, which it shows."""

import argparse
import sys
import time
from random import Random

from rich.console import Console
from rich.progress import Progress

from tests.fuzz.checks import CHECKS, Broken

STEP = 500
console = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Reads the options, asks, tells; the exit code."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="how many texts")
    parser.add_argument("--seed", type=int, default=1, help="which texts")
    options = parser.parse_args()
    random = Random(options.seed)
    begun = time.monotonic()
    with Progress(console=console, disable=not sys.stdout.isatty(), transient=True) as progress:
        bar = progress.add_task("asking", total=options.inputs)
        for number in range(options.inputs):
            try:
                random.choice(CHECKS)(random)
            except Broken as broken:
                console.print(f"Input {number} of seed {options.seed}: {broken}", markup=False)
                return 1
            if number % STEP == 0:
                progress.update(bar, completed=number)
    seconds = time.monotonic() - begun
    console.print(f"{options.inputs} inputs in {seconds:.0f} s: none broke anything.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
