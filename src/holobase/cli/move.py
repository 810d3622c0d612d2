"""`holobase move`: from one kind of store to the other."""

from typing import Annotated

import typer

from holobase.cli import options

From = Annotated[
    str,
    typer.Option("--from", metavar="URL", help="sqlite:///FOLDER or postgresql://…; only read."),
]
To = Annotated[str, typer.Option("--to", metavar="URL", help="Likewise; must hold nothing yet.")]


def move(from_: From, to: To, data: options.Data = None) -> None:
    """Move an instance between SQLite and PostgreSQL: log, tables, keys and all.

    The copy is compared with the original cell by cell before it takes its place: the new store is
    there whole, or not at all. It may be interrupted and run again, and goes on then. Stop the
    server first. `--data` is the folder of the key and the files where a store is PostgreSQL; a
    new SQLite folder gets copies of them.
    """
    from holobase.cli.progress import bar
    from holobase.runtime import logging, stores

    settings = options.settings(data=data)
    logging.configure("WARN", settings.log_format)
    source, target = stores.Place.at(from_), stores.Place.at(to)
    with bar() as report:
        count = stores.move_store(source, target, settings.data, report)
    typer.echo(f"Moved {count:,} events with every table, compared cell by cell.")
