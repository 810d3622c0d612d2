"""`holobase import …`: moving in from another program."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holobase.cli import options

if TYPE_CHECKING:
    from holobase.runtime.moving import Outcome

app = typer.Typer(help="Move in from another program.", no_args_is_help=True)

Folder = Annotated[
    Path, typer.Argument(metavar="PB_DATA", help="The data folder of a PocketBase, 0.23 to 0.40.")
]
WithoutCommunity = Annotated[
    bool | None,
    typer.Option(
        "--without-community",
        envvar="HOLOBASE_WITHOUT_COMMUNITY",
        help="Into an instance of the engine alone, without the card community's collections.",
        show_default="with it",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and stop.")]
Rename = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=NEW", help="Give a collection another name; may be repeated."),
]
Skip = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME", help="Leave a collection, or `settings`, behind; may be repeated."
    ),
]
Merge = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="Join a collection with the one of its name that is here; may be repeated.",
    ),
]
EncryptionEnv = Annotated[
    str,
    typer.Option(
        metavar="VARIABLE", help="Environment variable that holds the key of encrypted settings."
    ),
]
OwnMigrations = Annotated[
    bool,
    typer.Option(
        "--own-migrations",
        help="Unknown migrations in Go are your own program's, and no sign of a newer PocketBase.",
    ),
]
Logs = Annotated[bool, typer.Option(help="Whether its request logs come along.")]


@app.callback()
def importing() -> None:
    """Move in from another program."""


@app.command()
def pocketbase(
    folder: Folder,
    data: options.Data = None,
    store: options.Store = None,
    without_community: WithoutCommunity = None,
    dry_run: DryRun = False,
    rename: Rename = None,
    merge: Merge = None,
    skip: Skip = None,
    encryption_env: EncryptionEnv = "PB_ENCRYPTION_KEY",
    own_migrations: OwnMigrations = False,
    logs: Logs = True,
) -> None:
    """Import a PocketBase data folder: collections, records, accounts, settings, files and logs.

    Everybody stays logged in. The folder is only read; stop its program first. All of it arrives,
    or nothing: it may be interrupted at any moment and run again. What is imported is compared
    with the folder before it is kept.
    """
    from holobase.cli.progress import bar
    from holobase.engine.moving.plan import Choices
    from holobase.runtime import logging, moving

    settings = options.settings(data=data, store=store, without_community=without_community)
    logging.configure("WARN", settings.log_format)
    choices = Choices(frozenset(skip or ()), frozenset(merge or ()), _renames(rename or []))
    key = os.environ.get(encryption_env, "")
    source = moving.Source(folder, choices, key, own_migrations, logs)
    with bar() as report:
        outcome = moving.import_pocketbase(settings, source, report, only_plan=dry_run)
    _tell(outcome)
    if outcome.plan.obstacles:
        raise typer.Exit(1)


def _renames(given: list[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    for name, equals, new in pairs:
        if not (name and equals and new):
            raise typer.BadParameter("must be NAME=NEW", param_hint="--rename")
    return {name: new for name, _, new in pairs}


def _tell(outcome: "Outcome") -> None:
    from rich.console import Console
    from rich.table import Table

    from holobase.cli import failures

    if outcome.was_there:
        typer.echo("This folder was imported here before: there is nothing to do.")
        return
    plan = outcome.plan
    table = Table("collection", "becomes", "records", box=None, pad_edge=False)
    table.columns[2].justify = "right"
    for way in plan.ways:
        becomes = f"{way.after.name} (joined)" if way.here else way.after.name
        count = outcome.counts.get(way.after.name, 0) if outcome.is_done else way.records
        table.add_row(way.source.name, becomes, f"{count if way.is_carried else 0:,}")
    Console(highlight=False).print(table)
    if outcome.logs and not outcome.is_done:
        typer.echo(f"note: {outcome.logs:,} entries of the request log come along.")
    for note in [*plan.notes, *plan.told_losses()]:
        typer.echo(f"note: {note}")
    for obstacle in plan.obstacles:
        failures.say(obstacle)
    if plan.obstacles:
        failures.say("Nothing was changed.")
    elif outcome.is_done:
        total = sum(outcome.counts.values())
        typer.echo(f"Imported {total:,} records and {outcome.files:,} files, all compared.")
        if outcome.logs:
            typer.echo(f"Imported {outcome.logs:,} entries of the request log.")
    else:
        typer.echo("This is what would be done; nothing was changed.")
