"""The `holobase` program: its commands, and how every expected failure leaves it.

Exit codes: 0 done, 1 refused or failed with a sentence, 2 wrong usage, 130 stopped by Ctrl-C.
Commands import what they need when they run, so that `--help` and completion answer at once.
"""

import gc
import sys
from typing import Annotated, Final

import typer

from holobase.cli import (
    backup,
    collections,
    exporting,
    importing,
    log,
    move,
    roles,
    seed,
    serve,
    superuser,
    version,
)

INTERRUPTED: Final = 130

YOUNG_OBJECTS_MAX = 20_000
"""New objects between two looks for garbage. A start makes a hundred thousand that all stay; to go
through them every 700, as Python does by itself, took a sixth of it."""

app = typer.Typer(
    name="holobase",
    help="The backend of a holographic-card community: PocketBase's web API over an append-only "
    "event log.",
    epilog="Start with `holobase serve --demo`; every command explains itself with --help.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.command("seed")(seed.seed)
app.add_typer(superuser.app, name="superuser")
app.add_typer(collections.app, name="collections")
app.add_typer(roles.app, name="roles")
app.add_typer(log.app, name="log")
app.add_typer(backup.app, name="backup")
app.add_typer(importing.app, name="import")
app.add_typer(exporting.app, name="export")
app.command("move")(move.move)
app.command("version")(version.version)


@app.callback()
def root(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and leave.", callback=version.eager, is_eager=True
        ),
    ] = False,
) -> None:
    """The backend of a holographic-card community."""


def main() -> None:
    """Runs the command line and turns expected failures into one sentence on standard error."""
    gc.set_threshold(YOUNG_OBJECTS_MAX)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # `holobase log tail | head` is no failure
        sys.exit(0)
    except Exception as error:
        from holobase.cli import failures

        sentence = failures.explain(error)
        if sentence is None:
            raise
        failures.say(sentence)
        sys.exit(1)
