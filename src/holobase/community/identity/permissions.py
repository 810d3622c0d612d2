"""What somebody may be allowed to do, and the roles that allow it: the one table of both."""

from collections.abc import Mapping
from dataclasses import dataclass

from holobase.community.naming import fixed_id

PERMISSIONS: Mapping[str, str] = {
    "audit.read": "Read the audit log",
    "backups.create": "Make, download and delete backups",
    "backups.restore": "Put a backup in the place of the running data",
    "cards.feature": "Put cards on the front page",
    "cards.moderate": "Edit, hide and delete cards and collections of others",
    "collections.read": "Read the definitions of collections, their rules included",
    "comments.moderate": "Edit, hide and delete comments of others",
    "crons.run": "See the jobs of the server and run them now",
    "logs.read": "Read request logs and metrics",
    "payouts.approve": "Approve payouts to creators",
    "posts.moderate": "Edit, hide and delete posts of others",
    "reports.review": "Review reports and decide about them",
    "reviews.moderate": "Edit and delete reviews of others",
    "settings.read": "Read the settings of the instance, but for its secrets",
    "settings.write": "Change the settings of the instance: who sends its mail reads its mail",
    "tags.manage": "Describe, colour and delete tags",
    "templates.feature": "Put templates on the front page",
    "templates.moderate": "Approve, flag and refuse templates; edit and delete those of others",
    "users.moderate": "Suspend accounts and take them back",
    "users.roles": "Give and take roles",
}
"""`<area>.<action>` and what it allows."""


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of permissions."""

    name: str
    permissions: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The same in every instance."""
        return fixed_id("role", self.name)


MEMBER = Role("member")
CREATOR = Role("creator")
MODERATOR = Role(
    "moderator",
    (
        "cards.moderate",
        "comments.moderate",
        "posts.moderate",
        "reports.review",
        "reviews.moderate",
        "tags.manage",
        "templates.moderate",
        "users.moderate",
    ),
)
OPERATOR = Role(
    "operator",
    (
        "backups.create",
        "cards.feature",
        "collections.read",
        "logs.read",
        "settings.read",
        "templates.feature",
    ),
)
AUDITOR = Role("auditor", ("audit.read", "logs.read"))
ADMIN = Role("admin", tuple(PERMISSIONS))

ROLES = (MEMBER, CREATOR, MODERATOR, OPERATOR, AUDITOR, ADMIN)
