"""`holobase roles …`: who may do what."""

from typing import TYPE_CHECKING, Annotated

import typer

from holobase.cli import options

if TYPE_CHECKING:
    from holobase.runtime.settings import Settings

app = typer.Typer(
    help="List roles, and show, give and take those of an account. Works while the server is "
    "running.",
    no_args_is_help=True,
)

Account = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="A user's e-mail address, username or id.")
]
RoleName = Annotated[str, typer.Argument(metavar="ROLE", help="The name of a role.")]


@app.command("list")
def list_all(data: options.Data = None, store: options.Store = None) -> None:
    """List the roles and what each may do."""
    from holobase.runtime import commands

    for role in commands.list_roles(_settings(data, store)):
        typer.echo(f"{role.name}: {', '.join(role.permissions) or 'nothing more than everybody'}")


@app.command()
def show(account: Account, data: options.Data = None, store: options.Store = None) -> None:
    """Show the roles of an account, and all that it may do through them."""
    from holobase.runtime import commands

    roles, permissions = commands.show_roles(_settings(data, store), account)
    typer.echo(f"Roles: {', '.join(role.name for role in roles) or 'none'}")
    typer.echo(f"Permissions: {', '.join(permissions) or 'none'}")


@app.command()
def grant(
    account: Account, role: RoleName, data: options.Data = None, store: options.Store = None
) -> None:
    """Give an account a role. It holds at once, for tokens that exist too."""
    from holobase.runtime import commands

    is_new = commands.grant_role(_settings(data, store), account, role)
    typer.echo(f"{account} {'has' if is_new else 'had already'} the role {role}.")


@app.command()
def revoke(
    account: Account, role: RoleName, data: options.Data = None, store: options.Store = None
) -> None:
    """Take a role from an account. It is gone at once, for tokens that exist too."""
    from holobase.runtime import commands

    was_there = commands.revoke_role(_settings(data, store), account, role)
    typer.echo(f"{account} {'no longer has' if was_there else 'did not have'} the role {role}.")


def _settings(data: options.Data, store: options.Store) -> "Settings":
    from holobase.runtime import logging

    settings = options.settings(data=data, store=store, must_exist=True)
    logging.configure("WARN", settings.log_format)
    return settings
