"""Options that several commands share, and how they become Settings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from holobase.runtime.settings import Settings

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        envvar="HOLOBASE_DATA",
        help="Folder that holds the data.",
        show_default="hb_data",
    ),
]


Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        envvar="HOLOBASE_STORE",
        help="Database, as postgresql://…; other users of this machine can read a password given "
        "here, the variable is private.",
        show_default="SQLite in the data folder",
    ),
]


def settings(*, must_exist: bool = False, **chosen: Any) -> "Settings":
    """Settings from the environment, with what was given on the command line on top.

    `must_exist`: the command reads or changes what is there, so without a store of its own an
    absent folder is a mistake in the command line and none is made.
    """
    from holobase.runtime.settings import Settings

    made = Settings.read({name: value for name, value in chosen.items() if value is not None})
    if must_exist and made.store is None and not made.data.is_dir():
        raise typer.BadParameter(
            f"there is no data folder {made.data}. Name another one, or make it with "
            f"`holobase serve --data {made.data}`.",
            param_hint="--data",
        )
    return made
