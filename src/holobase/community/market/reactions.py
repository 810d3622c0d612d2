"""What the market does because of events: versions are published, sales are booked."""

from holobase.community.market.ledger import Entry, sale, undone
from holobase.community.market.measures import is_paid
from holobase.community.market.versions import is_newer
from holobase.community.reacting import after, before, record_id
from holobase.domain.errors import BadRequest
from holobase.engine.reactions import Applied, Command, Reaction, ScopedUnit, react

OWNER = "market"
FIXED_ONCE_PAID = ("amount", "currency")


def publish_version(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """The newest version of a template is its current one."""
    published = after(cause)
    template = yield from unit.find("templates", published["template"])
    if template and is_newer(published["version"], template.values["current_version"]):
        newest = {"current_version": published["version"]}
        yield from unit.keep("templates", template.id, newest, cause)


def withdraw_version(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """Without its current version a template has the newest of those that are left."""
    gone = before(cause)
    template = yield from unit.find("templates", gone["template"])
    if template and template.values["current_version"] == gone["version"]:
        newest = ""
        for left in (yield from unit.find_all("template_versions", "template", template.id)):
            if is_newer(left.values["version"], newest):
                newest = left.values["version"]
        yield from unit.keep("templates", template.id, {"current_version": newest}, cause)


def note_version(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """A review is about the version that is current when it is written."""
    template = yield from unit.find("templates", after(cause)["template"])
    if template and template.values["current_version"]:
        reviewed = {"version_reviewed": template.values["current_version"]}
        yield from unit.keep("reviews", record_id(cause), reviewed, cause)


def book(unit: ScopedUnit, cause: Applied) -> Command[None]:
    """A purchase is in the ledger for as long as it is paid. What was paid does not change."""
    purchase, old = after(cause), before(cause)
    was_paid = bool(old) and is_paid(old)
    if was_paid and any(purchase[name] != old[name] for name in FIXED_ONCE_PAID):
        raise BadRequest("write_failed")
    if is_paid(purchase) == was_paid:
        return
    if was_paid:
        booked = yield from unit.find_all("ledger_entries", "purchase", record_id(cause))
        entries = undone(entry.values for entry in booked)
    else:
        creator, upstream = yield from _creators(unit, purchase["template"])
        entries = sale(int(purchase["amount"]), creator, upstream)
    yield from _write(unit, entries, purchase["currency"], cause)


def guard_ledger(unit: ScopedUnit, cause: Applied) -> Command[None]:  # noqa: ARG001
    """Entries are written because of a purchase and never again: not even by superusers."""
    if before(cause) or cause.event.causation_id is None:
        raise BadRequest("write_failed")
    yield from ()


def _creators(unit: ScopedUnit, template_id: str) -> Command[tuple[str, str]]:
    """Who made the template, and who made the original of a remix."""
    template = yield from unit.find("templates", template_id)
    if template is None:
        return "", ""
    original_id = template.values["original_template"]
    original = (yield from unit.find("templates", original_id)) if original_id else None
    return template.values["creator"], original.values["creator"] if original else ""


def _write(
    unit: ScopedUnit, entries: tuple[Entry, ...], currency: str, cause: Applied
) -> Command[None]:
    for entry in entries:
        values = {"purchase": record_id(cause), "currency": currency, **entry._asdict()}
        yield from unit.create("ledger_entries", values, cause)


REACTIONS: tuple[Reaction, ...] = (
    react(publish_version, "template_versions.created", owner=OWNER, writes=("templates",)),
    react(withdraw_version, "template_versions.deleted", owner=OWNER, writes=("templates",)),
    react(note_version, "reviews.created", owner=OWNER, reads=("templates",), writes=("reviews",)),
    react(
        book,
        "purchases.created",
        "purchases.updated",
        owner=OWNER,
        reads=("templates",),
        writes=("ledger_entries",),
    ),
    react(
        guard_ledger,
        "ledger_entries.created",
        "ledger_entries.updated",
        "ledger_entries.deleted",
        owner=OWNER,
    ),
)
