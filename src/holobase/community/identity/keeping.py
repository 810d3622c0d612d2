"""What becomes of what logins left behind, whatever collection an account is in."""

from collections.abc import Iterable

from holobase.community.reacting import after, before, record_id
from holobase.domain.principal import AUTH_ORIGINS, EXTERNAL_AUTHS, MFAS, OF_ACCOUNTS, OTPS
from holobase.engine.reactions import ACCOUNTS, Applied, Command, Reaction, ScopedUnit, react

OWNER = "identity"


def forget_account(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """With an account goes everything that belongs to it."""
    yield from _forget(unit, OF_ACCOUNTS, cause)


def forget_proofs(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """What was proved about an account, or begun, before it changed hands counts no more.

    Codes end with the token key; half logins and known places with the password; links that were
    made while nobody had confirmed the address end when somebody does.
    """
    old, new = before(cause), after(cause)
    if old["tokenKey"] != new["tokenKey"]:
        yield from _forget(unit, (OTPS,), cause)
    if old["password"] != new["password"]:
        yield from _forget(unit, (MFAS, AUTH_ORIGINS), cause)
    if new["verified"] and not old["verified"]:
        yield from _forget(unit, (EXTERNAL_AUTHS,), cause)


def _forget(unit: ScopedUnit, names: Iterable[str], cause: Applied) -> Command[None]:
    for name in names:
        for record in (yield from unit.find_all(name, "recordRef", record_id(cause))):
            yield from unit.delete(name, record.id, cause)


KEEPING: tuple[Reaction, ...] = (
    react(forget_account, f"{ACCOUNTS}.deleted", owner=OWNER, writes=OF_ACCOUNTS),
    react(forget_proofs, f"{ACCOUNTS}.updated", owner=OWNER, writes=OF_ACCOUNTS),
)
"""These hold with and without the community."""
