"""`holobase export …`: moving out to another program."""

import os
from pathlib import Path
from typing import Annotated

import typer

from holobase.cli import options

app = typer.Typer(help="Move out to another program.", no_args_is_help=True)

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="The folder to write; must hold nothing yet.")
]
EncryptionEnv = Annotated[
    str,
    typer.Option(
        metavar="VARIABLE",
        help="Environment variable with a key; where it is set, the settings are encrypted.",
    ),
]


@app.callback()
def exporting() -> None:
    """Move out to another program."""


@app.command()
def pocketbase(
    folder: Folder,
    data: options.Data = None,
    store: options.Store = None,
    encryption_env: EncryptionEnv = "PB_ENCRYPTION_KEY",
) -> None:
    """Write a data folder that PocketBase 0.40 opens: collections, records, settings and files.

    It shows one moment, whatever is written meanwhile, and is there whole or not at all. The log
    stays here: PocketBase has none.
    """
    from holobase.cli.progress import bar
    from holobase.runtime import exporting, logging

    settings = options.settings(data=data, store=store, must_exist=True)
    logging.configure("WARN", settings.log_format)
    with bar() as report:
        done = exporting.export_pocketbase(
            settings, folder, os.environ.get(encryption_env, ""), report
        )
    for note in done.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"Exported {sum(done.counts.values()):,} records and {done.files:,} files.")
