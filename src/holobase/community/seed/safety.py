"""Reports, decisions and blocks of the demo data."""

from collections.abc import Iterator

from holobase.community.seed.step import Step
from holobase.community.seed.texts import safety as words
from holobase.community.seed.world import World

REASONS = tuple(words.DETAILS)
OUTCOMES = ("upheld", "dismissed")


def reports(world: World, count: int) -> Iterator[Step]:
    """Comments that somebody reported, and what moderators found: two steps a report."""
    for number, comment in enumerate(world.random.sample(world.comments, count // 2)):
        reporter = next(person for person in world.people if person.id != comment.owner)
        reason = world.one(REASONS)
        body = {
            "id": world.new_id(),
            "reporter": reporter.id,
            "subject": f"comments/{comment.id}",
            "reason": reason,
            "detail": words.DETAILS[reason],
        }
        at = world.moment(reporter.at, comment.at)
        yield Step("reports", body, reporter.id, at)
        found = {"id": body["id"], "status": OUTCOMES[number % len(OUTCOMES)]}
        yield Step("reports", found, None, at, "update")


def decisions(world: World, count: int) -> Iterator[Step]:
    """What the moderator of the demo did about comments."""
    moderator = world.people[1]
    for comment in world.random.sample(world.comments, count):
        body = {
            "id": world.new_id(),
            "moderator": moderator.id,
            "subject": f"comments/{comment.id}",
            "action": "warn",
            "reason": world.one(words.DECISIONS),
        }
        yield Step("moderation_actions", body, moderator.id, world.moment(comment.at))


def blocks(world: World, count: int) -> Iterator[Step]:
    """Who wants nothing to do with whom: at the very end, when all is said between them."""
    for first, second in zip(world.people[-count:], world.people[-2 * count :], strict=False):
        body = {"id": world.new_id(), "blocker": first.id, "blocked": second.id}
        yield Step("blocks", body, first.id, world.until)
