"""`holobase backup …`: backups of an instance, beside a running server or without one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holobase.cli import options

if TYPE_CHECKING:
    from holobase.engine.backups.format import Manifest
    from holobase.runtime.backing import Source
    from holobase.runtime.settings import Settings

app = typer.Typer(help="Make, check and restore backups.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `holobase backup list` shows it.")]
NameOrFile = Annotated[
    str,
    typer.Argument(
        metavar="NAME|FILE", help="As `holobase backup list` shows it, or the path of a file."
    ),
]
NewName = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        help="Small letters, digits, `_` and `-`, with `.zip` at the end.",
        show_default="one that tells the moment",
    ),
]


@app.command()
def create(name: NewName = None, data: options.Data = None, store: options.Store = None) -> None:
    """Make a backup: the log, the files, and what else lasts, as of one moment.

    Everybody may go on writing. It is there whole or not at all; the instance key is not in it.
    """
    from holobase.cli.progress import bar
    from holobase.runtime import backing

    settings = _settings(data, store)
    with bar() as report:
        key, made = backing.create_now(settings, name or "", report)
    typer.echo(f"Made {key}: {_told(made)}.")


@app.command("list")
def list_all(data: options.Data = None, store: options.Store = None) -> None:
    """Print the backups there are, with their sizes."""
    import asyncio

    from rich.console import Console
    from rich.table import Table

    from holobase.cli import lines
    from holobase.runtime import backing

    found = asyncio.run(backing.listed(_settings(data, store)))
    table = Table("name", "bytes", "made", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for blob in found:
        table.add_row(blob.key, f"{blob.size:,}", lines.moment(blob.modified))
    Console(highlight=False).print(table)


@app.command()
def verify(name: NameOrFile, data: options.Data = None, store: options.Store = None) -> None:
    """Read a backup to its end and compare it with what it says of itself. Changes nothing."""
    import asyncio

    from holobase.cli.progress import bar
    from holobase.runtime import backing

    settings = _settings(data, store)
    with bar() as report:
        found = asyncio.run(backing.verify(settings, _source(name), report))
    typer.echo(f"Whole: {_told(found)}.")


@app.command()
def restore(name: NameOrFile, data: options.Data = None, store: options.Store = None) -> None:
    """Put a backup in the place of what is there, which may be nothing yet.

    It is verified first, and made beside what is there: until the last step, which is one, nothing
    changes, whatever ends it. The instance key must be in the data folder or in HOLOBASE_KEY. No
    server may use the instance; a running one restores by itself, when it is asked over its API.
    """
    import asyncio

    from holobase.cli.progress import bar
    from holobase.runtime import backing, logging

    settings = options.settings(data=data, store=store)
    logging.configure("WARN", settings.log_format)
    with bar() as report:
        found = asyncio.run(backing.restore_now(settings, _source(name), report))
    typer.echo(f"Restored: {_told(found)}.")


@app.command()
def delete(name: Name, data: options.Data = None, store: options.Store = None) -> None:
    """Delete a backup."""
    import asyncio

    from holobase.runtime import backing

    asyncio.run(backing.delete(_settings(data, store), name))
    typer.echo(f"Deleted {name}.")


def _source(name: str) -> "Source":
    path = Path(name)
    return path if path.name != name or path.is_file() else name


def _told(manifest: "Manifest") -> str:
    from holobase.cli import lines

    records = sum(told.records for told in manifest.collections)
    told = f"{manifest.position:,} events, {records:,} records and {manifest.files:,} files"
    missing = f", {manifest.missing:,} more were missing" if manifest.missing else ""
    return f"{told} of {lines.moment(manifest.made)}{missing}"


def _settings(data: options.Data, store: options.Store) -> "Settings":
    from holobase.runtime import logging

    settings = options.settings(data=data, store=store, must_exist=True)
    logging.configure("WARN", settings.log_format)
    return settings
