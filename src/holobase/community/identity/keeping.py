"""What becomes of what logins left behind, whatever collection an account is in."""

from collections.abc import Iterable

from holobase.community.reacting import after, before, record_id
from holobase.domain.principal import (
    AUTH_ORIGINS,
    EXTERNAL_AUTHS,
    MFAS,
    OF_ACCOUNTS,
    OTPS,
    PASSKEYS,
    SESSIONS,
)
from holobase.engine.reactions import ACCOUNTS, Applied, Command, Reaction, ScopedUnit, react

OWNER = "identity"


def forget_account(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """With an account goes everything that belongs to it."""
    yield from _forget(unit, OF_ACCOUNTS, cause)


def forget_proofs(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """What was proved about an account, or begun, before it changed hands counts no more.

    Codes and sessions end with the token key; half logins and known places with the password;
    links and passkeys that were made while nobody had confirmed the address end when somebody does:
    whoever signed up with an address that is not theirs keeps no way in.
    """
    old, new = before(cause), after(cause)
    if old["tokenKey"] != new["tokenKey"]:
        yield from _forget(unit, (OTPS, SESSIONS), cause)
    if old["password"] != new["password"]:
        yield from _forget(unit, (MFAS, AUTH_ORIGINS), cause)
    if new["verified"] and not old["verified"]:
        yield from _forget(unit, (EXTERNAL_AUTHS, PASSKEYS), cause)


def tell_changes(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """A new password, address or role is a fact of its own, which tells from where it was made."""
    old, new = before(cause), after(cause)
    for field in ("password", "email"):
        if old[field] != new[field]:
            yield from unit.tell(cause, f"{field}_changed", {})
    if old.get("roles") != new.get("roles"):
        yield from unit.tell(cause, "roles_changed", {"from": old["roles"], "to": new["roles"]})


def tell_end(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """The end of a session is a fact about its account, unless it has just expired."""
    session = before(cause)
    if not unit.is_of_service:
        told = {"session": record_id(cause), "method": session["method"]}
        yield from unit.tell_of(
            cause, session["collectionRef"], session["recordRef"], "signed_out", told
        )


def _forget(unit: ScopedUnit, names: Iterable[str], cause: Applied) -> Command[None]:
    for name in names:
        for record in (yield from unit.find_all(name, "recordRef", record_id(cause))):
            yield from unit.delete(name, record.id, cause)


KEEPING: tuple[Reaction, ...] = (
    react(forget_account, f"{ACCOUNTS}.deleted", owner=OWNER, writes=OF_ACCOUNTS),
    react(tell_changes, f"{ACCOUNTS}.updated", owner=OWNER),
    react(forget_proofs, f"{ACCOUNTS}.updated", owner=OWNER, writes=OF_ACCOUNTS),
    react(tell_end, f"{SESSIONS}.deleted", owner=OWNER, reads=(SESSIONS,)),
)
"""These hold with and without the community."""
