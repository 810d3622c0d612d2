"""Between people: who follows whom, and who wants nothing to do with whom."""

from holobase.community.access import all_of, not_blocked, own
from holobase.community.values import check_not_oneself, joined
from holobase.domain.declaration import declare, relation, text
from holobase.domain.derived import Computed

OWNER = "social"
APART = all_of(not_blocked("follower"), not_blocked("following"))

FOLLOWS = declare(
    "follows",
    relation("follower", "users", required=True, cascade_delete=True),
    relation("following", "users", required=True, cascade_delete=True),
    owner=OWNER,
    rules={
        "list": APART,
        "view": APART,
        "create": all_of(own("follower"), not_blocked("following")),
        "delete": own("follower"),
    },
    indexes=("UNIQUE follower, following", "follower, created", "following, created"),
    check=lambda values: check_not_oneself(values, "follower", "following"),
)

# Who is blocked finds no trace of it: neither this record nor a refusal of its own.
BLOCKS = declare(
    "blocks",
    relation("blocker", "users", required=True, cascade_delete=True),
    relation("blocked", "users", required=True, cascade_delete=True),
    text("pair", hidden=True, derived=Computed(joined("blocker", "blocked"))),
    owner=OWNER,
    rules={
        "list": own("blocker"),
        "view": own("blocker"),
        "create": own("blocker"),
        "delete": own("blocker"),
    },
    indexes=("UNIQUE blocker, blocked", "blocked", "pair"),
    check=lambda values: check_not_oneself(values, "blocker", "blocked"),
)
