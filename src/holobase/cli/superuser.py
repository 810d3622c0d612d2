"""`holobase superuser …`: who may do everything."""

from typing import TYPE_CHECKING, Annotated

import typer

from holobase.cli import options

if TYPE_CHECKING:
    from holobase.runtime.settings import Settings

app = typer.Typer(
    help="Create, change, delete and list superusers. Works while the server is running.",
    no_args_is_help=True,
)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The superuser's e-mail address.")]
Password = Annotated[
    str | None,
    typer.Argument(
        metavar="PASSWORD",
        help="At least 8 characters. Left out, it is asked for, and stays out of your shell's "
        "history.",
        show_default=False,
    ),
]


@app.command()
def create(
    email: Email, password: Password = None, data: options.Data = None, store: options.Store = None
) -> None:
    """Create a superuser; refused where the e-mail address is taken."""
    from holobase.runtime import commands

    commands.create_superuser(_settings(data, store), email, _asked(password))
    typer.echo(f"Created the superuser {email}.")


@app.command()
def upsert(
    email: Email, password: Password = None, data: options.Data = None, store: options.Store = None
) -> None:
    """Create a superuser, or give an existing one this password."""
    from holobase.runtime import commands

    commands.upsert_superuser(_settings(data, store), email, _asked(password))
    typer.echo(f"The superuser {email} is ready.")


@app.command()
def update(
    email: Email, password: Password = None, data: options.Data = None, store: options.Store = None
) -> None:
    """Change a superuser's password. Their tokens stop working."""
    from holobase.runtime import commands

    settings = _settings(data, store, must_exist=True)
    commands.update_superuser(settings, email, _asked(password))
    typer.echo(f"Changed the password of the superuser {email}.")


@app.command()
def delete(email: Email, data: options.Data = None, store: options.Store = None) -> None:
    """Delete a superuser."""
    from holobase.runtime import commands

    commands.delete_superuser(_settings(data, store, must_exist=True), email)
    typer.echo(f"Deleted the superuser {email}.")


@app.command()
def otp(email: Email, data: options.Data = None, store: options.Store = None) -> None:
    """Make a one-time code for a superuser, for where no mail arrives. Codes have to be on."""
    from holobase.runtime import commands

    settings = _settings(data, store, must_exist=True)
    identifier, code, seconds = commands.hand_out_code(settings, email)
    typer.echo(f"A one-time code for the superuser {email}, good for {seconds} seconds:")
    typer.echo(f"id    {identifier}")
    typer.echo(f"code  {code}")


@app.command("list")
def list_all(data: options.Data = None, store: options.Store = None) -> None:
    """List the superusers."""
    from holobase.runtime import commands

    superusers = commands.list_superusers(_settings(data, store, must_exist=True))
    if not superusers:
        typer.echo("There is no superuser yet. `holobase superuser create EMAIL` makes one.")
    for id_, email, created in superusers:
        typer.echo(f"{id_}  {created}  {email}")


@app.command()
def ips(
    ranges: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[IP|RANGE]...",
            help="Addresses and ranges such as 10.0.0.0/8; none lets superusers come from "
            "everywhere.",
            show_default=False,
        ),
    ] = None,
    data: options.Data = None,
    store: options.Store = None,
) -> None:
    """Set the addresses from which superusers may come: the way back in after a mistake."""
    from holobase.runtime import commands

    commands.allow_superusers_from(_settings(data, store, must_exist=True), ranges or [])
    where = ", ".join(ranges) if ranges else "everywhere"
    typer.echo(f"Superusers may come from {where}.")


def _settings(data: options.Data, store: options.Store, must_exist: bool = False) -> "Settings":
    from holobase.runtime import logging

    settings = options.settings(data=data, store=store, must_exist=must_exist)
    logging.configure("WARN", settings.log_format)
    return settings


def _asked(password: str | None) -> str:
    if password is not None:
        return password
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return answer
