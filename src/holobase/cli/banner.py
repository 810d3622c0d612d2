"""What `serve` says when it is ready: friendly lines for a person, one JSON line for a machine."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path


def show(
    url: str, data: Path, has_superuser: bool, demo_accounts: Sequence[tuple[str, ...]]
) -> None:
    """Where it listens, where the data is and what to do next. To standard error, as logs.

    A demo account is its e-mail address, its password and, if there is more to say, a word or two.
    """
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print()
    console.print(f"  [bold]Holobase[/] is listening at [bold cyan]{escape(url)}[/]")
    console.print(f"  Web API    {escape(url)}/api/   (health: /api/health, /livez, /readyz)")
    console.print(f"  Data       {escape(str(data.resolve()))}")
    if not has_superuser:
        console.print(
            "  Superuser  none yet; make the first one in another terminal:\n"
            f"             [green]{escape(_program())} superuser create you@example.com "
            f"--data {escape(str(data))}[/]"
        )
    if demo_accounts:
        console.print("  Demo       log in to the collection `users` as")
    for email, password, *about in demo_accounts:
        rest = f"  [dim]{escape(' '.join(about))}[/]" if about else ""
        console.print(f"             [green]{escape(email)}[/]  {escape(password)}{rest}")
    console.print("  Stop       Ctrl-C\n")


def _program() -> str:
    """How to call this program from here: by name, or by the path it was called with."""
    return "holobase" if shutil.which("holobase") else sys.argv[0]


def log_ready(
    url: str, data: Path, has_superuser: bool, demo_accounts: Sequence[tuple[str, ...]]
) -> None:
    """One line that a supervisor or a test waits for."""
    from holobase.runtime import logging

    logging.get("holobase.serve").info(
        "ready",
        **{
            "url.full": url,
            "file.path": str(data.resolve()),
            "holobase.has_superuser": has_superuser,
            "holobase.demo_accounts": len(demo_accounts),
        },
    )
