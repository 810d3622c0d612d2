"""Superusers, made and changed by the command line through the ordinary commands."""

import sqlalchemy as sa

from holobase.domain.errors import NotFound
from holobase.domain.principal import Request
from holobase.engine.application import Application
from holobase.kit.json import Json
from holobase.rules.tables import record_table

SERVICE = "cli"


async def list_superusers(application: Application) -> list[tuple[str, str, str]]:
    """Id, e-mail address and time of creation of each, the oldest first."""
    table = record_table(application.catalogue.superusers.collection)
    query = sa.select(table.c.id, table.c.email, table.c.created).order_by(table.c.created)
    statement = application.kernel.store.statement(query)
    rows = await application.kernel.store.fetch(statement, statement.bind())
    return [(row[0], row[1], row[2]) for row in rows]


async def create(application: Application, email: str, password: str) -> None:
    """Makes one. Raises Invalid where the address is taken or a value is not acceptable."""
    body = {"email": email, "password": password, "passwordConfirm": password}
    await application.writing.create(application.catalogue.superusers, body, _request(application))


async def update(application: Application, email: str, password: str) -> None:
    """Changes the password, which ends all sessions. Raises NotFound and Invalid."""
    record_id = await _find(application, email)
    if record_id is None:
        raise NotFound("no_such_superuser")
    body = {"password": password, "passwordConfirm": password}
    await application.writing.update(
        application.catalogue.superusers, record_id, body, _request(application)
    )


async def upsert(application: Application, email: str, password: str) -> None:
    """Makes one, or changes the password of the one there is."""
    if await _find(application, email) is None:
        await create(application, email, password)
    else:
        await update(application, email, password)


async def delete(application: Application, email: str) -> None:
    """Deletes one. Raises NotFound, and BadRequest for the last one."""
    record_id = await _find(application, email)
    if record_id is None:
        raise NotFound("no_such_superuser")
    await application.writing.delete(
        application.catalogue.superusers, record_id, _request(application)
    )


async def hand_out_code(application: Application, email: str) -> tuple[str, str, int]:
    """The id of a one-time code, the code, and for how many seconds it is good. Raises NotFound,
    and Forbidden where superusers do not log in by codes."""
    superusers = application.catalogue.superusers
    account = await application.principals.named(superusers, "email", email)
    if account is None:
        raise NotFound("no_such_superuser")
    codes = application.flows.codes
    identifier, code = await codes.hand_out(superusers, account, _request(application))
    auth = superusers.collection.auth
    return identifier, code, auth.otp.duration if auth else 0


async def allow_from(application: Application, ranges: list[str]) -> None:
    """Sets the addresses that superusers may come from. Raises Invalid for what is none."""
    changes: dict[str, Json] = {"superuserIPs": [*ranges]}
    await application.instance_settings.change(changes, _request(application))


async def _find(application: Application, email: str) -> str | None:
    found = [row[0] for row in await list_superusers(application) if row[1] == email]
    return found[0] if found else None


def _request(application: Application) -> Request:
    return Request(method="CLI", now=application.kernel.clock(), service=SERVICE)
