"""Roles, shown, given and taken by the command line through the ordinary commands."""

from holobase.domain.errors import NotFound
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.application import Application
from holobase.engine.permissions import ROLES, Role

SERVICE = "cli"
USERS = "users"


async def list_roles(application: Application) -> list[Role]:
    """All roles, by name."""
    return await application.permissions.roles()


async def show(application: Application, account: str) -> tuple[list[Role], list[str]]:
    """The roles of an account, and what it may do through them. Raises NotFound."""
    record = await _account(application, account)
    permissions = application.permissions
    return await permissions.roles_of(record), sorted(await permissions.effective(record))


async def grant(application: Application, account: str, role: str) -> bool:
    """Gives a role; whether that changed anything. Raises NotFound."""
    return await _change(application, account, role, is_given=True)


async def revoke(application: Application, account: str, role: str) -> bool:
    """Takes a role; whether that changed anything. Raises NotFound."""
    return await _change(application, account, role, is_given=False)


async def _change(application: Application, account: str, role: str, *, is_given: bool) -> bool:
    record = await _account(application, account)
    found = [each.id for each in await list_roles(application) if each.name == role]
    if not found:
        raise NotFound("no_such_role")
    if (found[0] in record.values[ROLES]) is is_given:
        return False
    request = Request(method="CLI", now=application.kernel.clock(), service=SERVICE)
    modifier = f"{ROLES}{'+' if is_given else '-'}"
    await application.writing.update(
        application.catalogue.get(USERS), record.id, {modifier: found}, request
    )
    return True


async def _account(application: Application, account: str) -> Record:
    """Somebody by e-mail address, name or id."""
    users = application.catalogue.find(USERS)
    if users is None or ROLES not in users.collection.field_by_name:
        raise NotFound("no_roles")
    for field in ("email", "username", "id"):
        record = await application.principals.named(users, field, account)
        if record is not None:
            return record
    raise NotFound("no_such_account")
