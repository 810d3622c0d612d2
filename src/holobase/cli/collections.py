"""`holobase collections …`: what an operator does to collections beside the API."""

from typing import TYPE_CHECKING, Annotated

import typer

from holobase.cli import options

if TYPE_CHECKING:
    from holobase.runtime.settings import Settings

app = typer.Typer(
    help="Change the secrets of collections of accounts. Works while the server is running.",
    no_args_is_help=True,
)


@app.command("rotate-secret")
def rotate_secret(
    collection: Annotated[
        str, typer.Argument(metavar="COLLECTION", help="A collection of accounts, e.g. users.")
    ],
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="auth, file, verification, password_reset or email_change; may stand more than "
            "once.",
            show_default="all of them",
        ),
    ] = None,
    data: options.Data = None,
    store: options.Store = None,
) -> None:
    """Make fresh secrets: every token signed with the old ones stops working at once.

    With `auth` (or all) everybody in the collection is logged out.
    """
    from holobase.runtime import commands
    from holobase.runtime.secrets import KINDS

    wanted = tuple(kind or KINDS)
    for each in wanted:
        if each not in KINDS:
            raise typer.BadParameter(f"{each} is none of {', '.join(KINDS)}.", param_hint="--kind")
    commands.rotate_secrets(_settings(data, store), collection, wanted)
    typer.echo(f"Made fresh secrets for {', '.join(wanted)} tokens of {collection}.")


def _settings(data: options.Data, store: options.Store) -> "Settings":
    from holobase.runtime import logging

    settings = options.settings(data=data, store=store, must_exist=True)
    logging.configure("WARN", settings.log_format)
    return settings
