"""`holobase log …`: looking at the event log, and proving that the tables follow from it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from holobase.cli import options

if TYPE_CHECKING:
    from holobase.domain.event import Event
    from holobase.runtime.settings import Settings

app = typer.Typer(
    help="Look at the event log, and prove that every table follows from it.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for other programs.")]


@app.command()
def tail(
    data: options.Data = None,
    store: options.Store = None,
    after: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="POSITION",
            help="Begin behind this position.",
            show_default="the newest events",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="How many events.")] = 20,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Stay, and print new events as they come.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print events in the order they were committed."""
    from holobase.runtime import commands

    _print(commands.log_tail(_settings(data, store), after, limit, follow), as_json)


@app.command()
def show(
    stream: Annotated[
        str, typer.Argument(metavar="STREAM", help="COLLECTION/RECORD, as `log tail` prints it.")
    ],
    data: options.Data = None,
    store: options.Store = None,
    as_json: AsJson = False,
) -> None:
    """Print the whole life of one record."""
    from holobase.cli import failures
    from holobase.runtime import commands

    events = commands.log_show(_settings(data, store), stream)
    if not events:
        failures.say(f"There are no events in the stream {stream}. `holobase log tail` shows some.")
        raise typer.Exit(1)
    _print(iter(events), as_json)


@app.command()
def stats(data: options.Data = None, store: options.Store = None) -> None:
    """Print how long the log is and what is in it."""
    from rich.console import Console
    from rich.table import Table

    from holobase.cli import lines
    from holobase.runtime import commands

    found = commands.log_stats(_settings(data, store))
    console = Console(highlight=False)
    console.print(f"{found.events:,} events in {found.streams:,} streams, {found.bytes:,} bytes")
    if found.first is not None and found.last is not None:
        console.print(f"from {lines.moment(found.first)} to {lines.moment(found.last)}")
    table = Table("type", "events", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for type_, count in sorted(found.by_type.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(type_, f"{count:,}")
    console.print(table)


@app.command()
def replay(
    data: options.Data = None,
    store: options.Store = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Compare every cell with the stored one and recount derived fields."
        ),
    ] = False,
) -> None:
    """Rebuild every table from the log in a fresh store. The stored data is only read.

    With --verify the answer is a proof: exit code 0 when every cell is equal, 1 when one is not.
    """
    from holobase.cli import failures
    from holobase.cli.progress import bar
    from holobase.runtime import commands

    with bar() as report:
        found = commands.replay(_settings(data, store), verify, report)
    typer.echo(f"Replayed {found.events:,} events into {found.records:,} records.")
    if not verify:
        return
    for difference in found.differences:
        failures.say(difference)
    if found.differences:
        raise typer.Exit(1)
    typer.echo(f"Equal, cell by cell; {found.recounted:,} derived values recounted.")


def _print(events: "Iterator[Event]", as_json: bool) -> None:
    from holobase.cli import lines

    console = lines.console()
    for event in events:
        if as_json:
            typer.echo(lines.as_json(event))
        else:
            console.print(lines.as_text(event), soft_wrap=True)


def _settings(data: options.Data, store: options.Store) -> "Settings":
    from holobase.runtime import logging

    settings = options.settings(data=data, store=store, must_exist=True)
    logging.configure("WARN", settings.log_format)
    return settings
