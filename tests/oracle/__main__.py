"""`make oracle`: asks a real PocketBase and Holobase the same things and compares the answers.

Ends with 1 when they differ in something that docs/deviations.md does not list; then it shows the
smallest questions found that lead to the difference, and both answers.
"""

import argparse
import secrets
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyFailure, HypothesisWarning
from rich.console import Console
from rich.progress import Progress

from tests import postgres
from tests.oracle import known
from tests.oracle.checks import CHECKS, Difference, Draw, Pair, fill, forget_missing
from tests.oracle.sides import Holobase, Pocketbase
from tests.oracle.worlds import World, make_world

FILL_EXAMPLES = 50
"""How many records are tried in a world; many are refused."""

console = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Reads the options, compares, tells; the exit code."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that both programs are ended
    warnings.simplefilter("ignore", HypothesisWarning)  # strategies of many paths have long names
    if missing := known.unlisted():
        console.print(f"Not in docs/deviations.md: {', '.join(missing)}", markup=False)
        return 2
    begun, compared, differences = time.monotonic(), 0, 0
    steps = options.worlds * len(options.check)
    with Progress(console=console, disable=not sys.stdout.isatty(), transient=True) as progress:
        bar = progress.add_task("comparing", total=steps * options.examples)
        for number in range(options.seed, options.seed + options.worlds):
            with _pair(options, announce=number == options.seed) as pair:
                found = _world(pair, number, options, lambda: progress.advance(bar))
            compared += pair.compared
            differences += len(found)
            for name, count in pair.known.items():
                console.print(f"world {number}: {count} × {name} (known)", markup=False)
            for check, text in found.items():
                title = f"world {number}, {check}: a difference"
                console.print(f"\n{title}\n{'-' * len(title)}\n{text}\n", markup=False)
    seconds = time.monotonic() - begun
    console.print(f"{compared} comparisons in {seconds:.0f} s, {differences} differences.")
    return 1 if differences else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make oracle", description=__doc__)
    parser.add_argument(
        "--program", type=Path, required=True, help="the PocketBase to compare with"
    )
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--worlds", type=int, default=3, help="sets of collections and records")
    parser.add_argument("--examples", type=int, default=200, help="of each check in each world")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="first world")
    parser.add_argument("--check", nargs="+", choices=list(CHECKS), default=list(CHECKS))
    return parser.parse_args()


@contextmanager
def _pair(options: argparse.Namespace, announce: bool) -> Iterator[Pair]:
    """Both programs on fresh folders."""
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="oracle-")))
        url = None
        if options.store == "postgres":
            url = closing.enter_context(postgres.fresh_url())
        theirs = Pocketbase(options.program, folder / "theirs")
        closing.callback(theirs.close)
        ours = Holobase(folder / "ours", url)
        closing.callback(ours.close)
        if announce:
            console.print(f"{theirs.title} and {ours.title}, seed {options.seed}.")
        if options.store not in ours.title.lower():
            sys.exit(f"Asked for {options.store}, but this is {ours.title}.")
        yield Pair(theirs, ours)


def _world(
    pair: Pair, number: int, options: argparse.Namespace, advance: Callable[[], None]
) -> dict[str, str]:
    """Runs the checks in one world; by name, the smallest difference each of them found."""
    world = make_world(number)
    pair.theirs.define(world.collections)
    pair.ours.define(world.collections)
    found: dict[str, str] = {}
    _explore(lambda draw: fill(pair, world, draw), number, FILL_EXAMPLES, (Phase.generate,))
    forget_missing(pair, world)
    for name in options.check:
        text = _check(pair, world, name, options.examples, advance)
        if text:
            found[name] = text
    return found


def _check(pair: Pair, world: World, name: str, examples: int, advance: Callable[[], None]) -> str:
    def check(draw: Draw) -> None:
        advance()
        CHECKS[name](pair, world, draw)

    return _explore(check, world.number, examples)


def _explore(
    check: Callable[[Draw], None],
    number: int,
    examples: int,
    phases: tuple[Phase, ...] = (Phase.generate, Phase.shrink),
) -> str:
    """Runs a check with so many random examples; the smallest difference, or nothing."""

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=phases,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(st.data())
    def explored(data: st.DataObject) -> None:
        check(data.draw)

    try:
        explored()
    except Difference as difference:
        return str(difference)
    except FlakyFailure as flaky:
        seen = [str(each) for each in flaky.exceptions if isinstance(each, Difference)]
        return "\n".join(["Not each time:", *seen])
    return ""


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
