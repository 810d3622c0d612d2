"""`holobase serve`: the whole community, in one process or several."""

import sys
from typing import Annotated

import typer

from holobase.cli import options

Http = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        envvar="HOLOBASE_HTTP",
        help="Address to listen on; port 0 takes a free one.",
        show_default="127.0.0.1:8090",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        envvar="HOLOBASE_WORKERS",
        help="Processes that serve.",
        show_default="one a core, up to 4",
    ),
]
Origins = Annotated[
    str | None,
    typer.Option(
        metavar="ORIGINS",
        envvar="HOLOBASE_ORIGINS",
        help="Web pages that may read the answers: origins between commas, `*` for any text.",
        show_default="*",
    ),
]
Demo = Annotated[
    bool, typer.Option("--demo", help="Fill an empty data folder with demo data first.")
]
WithoutCommunity = Annotated[
    bool | None,
    typer.Option(
        "--without-community",
        envvar="HOLOBASE_WITHOUT_COMMUNITY",
        help="Serve the engine alone, without the card community's collections.",
        show_default="with it",
    ),
]
LogLevel = Annotated[
    str | None,
    typer.Option(
        metavar="LEVEL",
        envvar="HOLOBASE_LOG_LEVEL",
        help="ERROR, WARN, INFO or DEBUG.",
        show_default="INFO",
    ),
]
LogFormat = Annotated[
    str | None,
    typer.Option(
        metavar="FORMAT",
        envvar="HOLOBASE_LOG_FORMAT",
        help="console (to read), json (ECS) or auto (looks for a terminal).",
        show_default="auto",
    ),
]


def serve(
    data: options.Data = None,
    store: options.Store = None,
    http: Http = None,
    workers: Workers = None,
    origins: Origins = None,
    demo: Demo = False,
    without_community: WithoutCommunity = None,
    log_level: LogLevel = None,
    log_format: LogFormat = None,
) -> None:
    """Serve the card community until Ctrl-C.

    Creates the data folder where there is none. Every other setting is an environment variable
    that begins with HOLOBASE_; docs/reference/settings.md lists them.
    """
    from holobase.cli import banner
    from holobase.cli.progress import bar
    from holobase.runtime import logging
    from holobase.runtime.cores import how_many

    settings = options.settings(
        data=data,
        store=store,
        http=http,
        workers=workers,
        origins=origins,
        without_community=without_community,
        log_level=log_level.upper() if log_level else None,
        log_format=log_format.lower() if log_format else None,
    )
    if demo and settings.without_community:
        raise typer.BadParameter(
            "the demo data is the card community's; leave one of the two out.", param_hint="--demo"
        )
    logging.configure(settings.log_level, settings.log_format)
    if not_known := settings.not_known():  # a cluster's own variables may begin so, too
        logging.get("holobase.serve").warning(
            "variables that are no settings count for nothing",
            **{"holobase.variables": ", ".join(not_known)},
        )
    friendly = settings.log_format == "console" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    if how_many(settings.workers) > 1:
        from holobase.runtime.group import run
    else:
        from holobase.runtime.serve import run
    run(settings, banner.show if friendly else banner.log_ready, bar if demo else None)
