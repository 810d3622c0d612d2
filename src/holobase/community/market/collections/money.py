"""What is bought, where the money goes, and what creators ask to be paid.

Nobody but the server writes purchases and the ledger. Entries are written because of a purchase
(`market/ledger.py`), and never change.
"""

from holobase.community.access import all_of, any_of, may, own, unchanged
from holobase.community.market.ledger import KINDS
from holobase.domain.declaration import declare, integer, relation, select, text

OWNER = "market"
CURRENCIES = ("KRW", "USD")

# A purchase outlives the buyer's account and the template: the ledger refers to it.
PURCHASES = declare(
    "purchases",
    relation("buyer", "users", server=""),
    relation("template", "templates", server=""),
    integer("amount", min=0, server=""),
    select("currency", *CURRENCIES, server="", default="KRW"),
    select("provider", "stripe", "toss", "manual", server="", required=True),
    text("provider_ref", max=200, server=""),
    select("status", "pending", "paid", "refunded", "failed", server="", default="pending"),
    owner=OWNER,
    rules={
        "list": any_of(own("buyer"), may("payouts.approve")),
        "view": any_of(own("buyer"), may("payouts.approve")),
    },
    indexes=(
        "UNIQUE provider_ref WHERE `provider_ref` != ''",
        "buyer, created",
        "template, created",
        "created",
    ),
)

# `account` is an id of a user or one of the names in `market/ledger.py`: a text and no relation,
# so that no deletion elsewhere ever touches an entry.
LEDGER_ENTRIES = declare(
    "ledger_entries",
    relation("purchase", "purchases", required=True),
    text("account", required=True, max=15),
    select("kind", *KINDS, required=True),
    integer("amount", required=True),
    select("currency", *CURRENCIES, required=True),
    owner=OWNER,
    rules={
        "list": any_of(own("account"), may("payouts.approve")),
        "view": any_of(own("account"), may("payouts.approve")),
    },
    indexes=("purchase", "account, created", "created"),
)

PAYOUTS = declare(
    "payouts",
    relation("user", "users"),
    integer("amount", required=True, min=1),
    select("currency", *CURRENCIES, required=True, default="KRW"),
    select(
        "status",
        "requested",
        "approved",
        "paid",
        "rejected",
        server="payouts.approve",
        default="requested",
    ),
    owner=OWNER,
    rules={
        "list": any_of(own("user"), may("payouts.approve")),
        "view": any_of(own("user"), may("payouts.approve")),
        "create": own("user"),
        "update": all_of(may("payouts.approve"), unchanged("user", "amount", "currency")),
    },
    indexes=("user, created", "status, created", "created"),
)
