"""Writes the reference pages that are made from the code; `--check` only says which are stale."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import bounds
import typer

from holobase.api.routes import routes
from holobase.api.surroundings import Surroundings
from holobase.cli.main import app
from holobase.community.identity.permissions import PERMISSIONS, ROLES
from holobase.community.product import DECLARATIONS, OWNERSHIP
from holobase.engine.schemas import schemas
from holobase.runtime.settings import KIB, MIB, PREFIX, Settings

HERE = Path(__file__).parent
MADE = "<!-- Made from the code by `make docs`; edit the code instead. -->\n\n"


def settings_page() -> str:
    """Every setting: its variable, default and reason."""
    lines = [
        "# Settings",
        "",
        "Every setting is an environment variable; `serve` has options for the first ones, and an",
        "option wins over the variable. They are read once, at the start. Bounds exist so that no",
        "client, however many or however strange, can make the program wait or grow without end.",
        "",
        "| variable | default | what it is, and why |",
        "|---|---|---|",
    ]
    for setting in bounds.settings():
        default = _default(setting.name, getattr(Settings(), setting.name))
        lines.append(f"| `{PREFIX}{setting.name.upper()}` | {default} | {setting.reason} |")
    lines += [
        "",
        "## Fixed bounds",
        "",
        "What no operator needs to move is fixed where it is used.",
        "",
        "| where | bound | value | why |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{bound.module}` | `{bound.name}` | {_sober(bound.value)} | {bound.reason} |"
        for bound in bounds.find()
    ]
    return "\n".join(lines) + "\n"


def cli_page() -> str:
    """Every command with its arguments and options."""
    root = typer.main.get_command(app)
    lines = [
        "# Commands",
        "",
        "Exit codes: 0 done, 1 refused or failed with a sentence, 2 wrong usage, 130 stopped by",
        "Ctrl-C. Colours and progress bars appear on terminals only; `NO_COLOR` turns them off.",
        "",
    ]
    for path, command in _leaves("holobase", root):
        lines += _command(path, command)
    return "\n".join(lines).rstrip() + "\n"


def decisions_page() -> str:
    """The list of decisions by their titles."""
    lines = [
        "# Decisions",
        "",
        "What was decided, why, and what would notice if it were broken. Half a page each,",
        "numbered, never rewritten: one that no longer holds is followed by one that says so.",
        "To write one, copy [template.md](template.md) and run `make docs`.",
        "",
    ]
    for path in sorted((HERE / "decisions").glob("[0-9]*.md")):
        title = path.read_text().partition("\n")[0].removeprefix("#").strip()
        lines.append(f"- [{title}]({path.name})")
    return "\n".join(lines) + "\n"


def services_page() -> str:
    """Who owns which collection, and what each service reads of others."""
    lines = [
        "# Services",
        "",
        "Every collection has one owner. What a service reads of others it knows from their events",
        "alone, and it can name nothing beyond: its closure is worked out from the declarations at",
        "every start, and whatever reaches further is refused with the place in the source.",
        "Collections made at run time belong to `custom`, views too, whatever they read; those",
        "with accounts belong to `identity`.",
        "",
        "A reason is a relation (`likes.card`), a derived field that counts (`counts …`), a rule,",
        "a reaction, `tokens` (accounts, to check them), or `reads` (named by the service).",
        "",
        "| service | owns |",
        "|---|---|",
    ]
    lines += [
        f"| {each.service} | {', '.join(f'`{name}`' for name in each.owned)} |"
        for each in OWNERSHIP
    ]
    for each in OWNERSHIP:
        lines += ["", f"## What {each.service} reads of others", "", "| collection | why |"]
        lines.append("|---|---|")
        lines += [f"| `{name}` | {', '.join(why)} |" for name, why in each.replicas.items()]
    return "\n".join(lines) + "\n"


def permissions_page() -> str:
    """Every permission: what it allows, which routes it opens, which roles hold it."""
    surroundings = Surroundings(
        body_bytes_max=0,
        is_ready=lambda: True,
        log_error=lambda *_: None,
        start_job=lambda _: None,
    )
    nothing: Any = MagicMock()  # routes are made of handlers, which nobody calls here
    opens: dict[str, list[str]] = {name: [] for name in PERMISSIONS}
    for route in routes(nothing, surroundings):
        if route.guard.permission:
            opens[route.guard.permission].append(f"`{route.method} {route.path}`")
    lines = [
        "# Permissions",
        "",
        "What a role may hold. Superusers have all of them and more. Some routes that only",
        "superusers may call in PocketBase are open to whoever has a permission named here; the",
        "rest of each permission's meaning stands in the rules of the collections.",
        "",
        "| permission | allows | routes | roles |",
        "|---|---|---|---|",
    ]
    for name, text in PERMISSIONS.items():
        roles = ", ".join(role.name for role in ROLES if name in role.permissions)
        lines.append(f"| `{name}` | {text} | {', '.join(opens[name])} | {roles} |")
    lines += ["", "`member` is given to everybody at sign-up; `creator` holds nothing more yet."]
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "reference/settings.md": settings_page,
    "reference/cli.md": cli_page,
    "reference/services.md": services_page,
    "reference/permissions.md": permissions_page,
    "decisions/README.md": decisions_page,
}


def _default(name: str, value: object) -> str:
    if value in (None, ()):
        return "none"
    if isinstance(value, int) and "bytes" in name:
        return f"{value // MIB} MiB" if value >= MIB else f"{value // KIB} KiB"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else f"`{value}`"


def _sober(value: str) -> str:
    return f"{int(value):,}" if value.isdecimal() else value.replace("*", "\\*")


def _leaves(path: str, command: object) -> Iterator[tuple[str, object]]:
    subcommands = getattr(command, "commands", None)
    if subcommands is None:
        yield path, command
        return
    for name, subcommand in subcommands.items():
        yield from _leaves(f"{path} {name}", subcommand)


def _command(path: str, command: object) -> list[str]:
    parameters = [p for p in getattr(command, "params", []) if p.name != "help"]
    arguments = [p for p in parameters if p.param_type_name == "argument"]
    options = [p for p in parameters if p.param_type_name == "option"]
    usage = [a.metavar if a.required else f"[{a.metavar}]" for a in arguments]
    help_text = " ".join(str(getattr(command, "help", "") or "").split())
    lines = [f"## {path}", "", f"`{' '.join([path, *usage, '[OPTIONS]'])}`", "", help_text, ""]
    rows = [(f"`{a.metavar}`", a.help or "", "") for a in arguments]
    rows += [(_names(option), option.help or "", _shown(option)) for option in options]
    if rows:
        lines += ["| | what | default |", "|---|---|---|"]
        lines += [f"| {name} | {text} | {default} |" for name, text, default in rows]
        lines.append("")
    return lines


def _names(option: typer.core.TyperOption) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    return names if option.is_flag else f"{names} {option.metavar or 'VALUE'}"


def _shown(option: typer.core.TyperOption) -> str:
    if option.is_flag:
        return "off"
    if isinstance(option.show_default, str):
        return option.show_default
    return "" if option.default is None else str(option.default)


def _texts() -> Iterator[tuple[str, str]]:
    """Every file made from the code, with its text."""
    for name, make in PAGES.items():
        yield name, MADE + make()
    for name, schema in schemas(DECLARATIONS).items():
        yield f"reference/events/{name}", json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Writes the pages, or compares them."""
    stale = []
    for name, text in _texts():
        path = HERE / name
        if path.is_file() and path.read_text() == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f"wrote docs/{name}")
    if stale and "--check" in sys.argv:
        sys.exit(f"Stale: {', '.join(stale)}. `make docs` writes them anew.")


if __name__ == "__main__":
    main()
