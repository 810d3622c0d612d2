"""`holobase seed`: demo data through the same commands that clients use."""

from typing import Annotated

import typer

from holobase.cli import options


def seed(
    data: options.Data = None,
    store: options.Store = None,
    scale: Annotated[
        int, typer.Option(min=1, metavar="N", help="How many times the usual amount.")
    ] = 1,
    seed_number: Annotated[
        int,
        typer.Option("--seed", metavar="N", help="The same number gives the same data."),
    ] = 1,
) -> None:
    """Fill an empty instance with people, cards, templates, posts and what they do together."""
    from rich.console import Console
    from rich.table import Table

    from holobase.cli.progress import bar
    from holobase.runtime import commands, logging

    settings = options.settings(data=data, store=store)
    logging.configure("WARN", settings.log_format)
    with bar() as report:
        counts = commands.seed(settings, scale, seed_number, report)
    table = Table("collection", "records", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    Console(highlight=False).print(table)
