"""`holobase version`."""

import platform

import typer

from holobase import __version__


def version() -> None:
    """Print the version of the program and of the Python that runs it."""
    typer.echo(f"holobase {__version__} (Python {platform.python_version()})")


def eager(wanted: bool) -> None:
    """`holobase --version` says the same and leaves."""
    if wanted:
        version()
        raise typer.Exit
