"""The cases in their order: create everything, log in, look, list under many rules, delete.

Creating is also filling: the tables have their sizes when the lists are measured.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from bench.load import Request
from bench.published import data
from bench.published.schema import MEMBERS, ORGANIZATIONS, PASSWORD, PERMISSIONS, posts
from bench.published.side import BESIDE, Plan, Side, Step
from bench.session import records

ORGANIZATIONS_MADE, PERMISSIONS_MADE = 100, 50
DELETED = 99
"""Records that a case of deleting takes over all rounds."""

DELETED_WITH_MORE = 10
"""The same where posts go along: about a thousand with each account."""

LOGINS = 60
"""Logins of one run; each costs both sides what bcrypt costs."""

MANY, FEW = 500, 10
"""Connections of creating, and of listing under rules and deleting."""

SIGNED_IN = "@request.auth.id != ''"
OWN, OWN_BY_JOIN = "author = @request.auth.id", "author.id = @request.auth.id"
TEXT = "description ~ 'foil shines'"
EACH_ALL, EACH_ANY = "type:each != 'c'", "type:each ?!= 'c'"
NESTED_SINGLE = "author.organization.name != 'test'"
NESTED_ALL, NESTED_ANY = "author.permissions.active = true", "author.permissions.active ?= true"

LISTS: tuple[tuple[str, str, str, str, int], ...] = (
    # name, query, rule, column with an index, connections
    ("list, one connection", "", "", "", 1),
    ("list", "", "", "", 1_000),
    ("list, no total", "&skipTotal=1", "", "", 1_000),
    ("expand author", "&expand=author", "", "", FEW),
    (
        "expand author, few fields",
        "&expand=author&fields=id,collectionId,expand.author.id",
        "",
        "",
        FEW,
    ),
    ("expand author.permissions", "&expand=author.permissions", "", "", FEW),
    (
        "expand author.permissions, few fields",
        "&expand=author.permissions"
        "&fields=id,collectionId,expand.author.id,expand.author.expand.permissions.id",
        "",
        "",
        FEW,
    ),
    ("rule: signed in", "", SIGNED_IN, "", FEW),
    ("rule: own", "", OWN, "", FEW),
    ("rule: own, with index", "", OWN, "author", FEW),
    ("rule: own, with index, no total", "&skipTotal=1", OWN, "author", FEW),
    ("rule: own by a join", "", OWN_BY_JOIN, "", FEW),
    ("rule: own by a join, with index", "", OWN_BY_JOIN, "author", FEW),
    ("rule: own by a join, with index, no total", "&skipTotal=1", OWN_BY_JOIN, "author", FEW),
    ("rule: text search", "", TEXT, "", FEW),
    ("rule: text search, with index", "", TEXT, "description", FEW),
    ("rule: text search, with index, no total", "&skipTotal=1", TEXT, "description", FEW),
    ("rule: each of a select", "", EACH_ALL, "", FEW),
    ("rule: each of a select, no total", "&skipTotal=1", EACH_ALL, "", FEW),
    ("rule: any of a select", "", EACH_ANY, "", FEW),
    ("rule: any of a select, no total", "&skipTotal=1", EACH_ANY, "", FEW),
    ("rule: nested single relations", "", NESTED_SINGLE, "", FEW),
    ("rule: nested single relations, no total", "&skipTotal=1", NESTED_SINGLE, "", FEW),
    ("rule: nested multiple relations, all", "", NESTED_ALL, "", FEW),
    ("rule: nested multiple relations, all, no total", "&skipTotal=1", NESTED_ALL, "", FEW),
    ("rule: nested multiple relations, any", "", NESTED_ANY, "", FEW),
    ("rule: nested multiple relations, any, no total", "&skipTotal=1", NESTED_ANY, "", FEW),
)


def steps(plan: Plan) -> Iterator[Step]:
    """Everything, in order."""
    yield from _creating_accounts(plan)
    for size in plan.sizes:
        yield from _creating_posts(size)
    yield from _logging_in()
    for size in plan.sizes:
        yield from _listing(posts(size))
    for size in plan.sizes:
        table = posts(size)
        yield _deleting(f"{table}: delete", table, DELETED)
        yield _deleting(f"{table}: delete, with rule", table, DELETED, SIGNED_IN)
    yield _deleting("delete members with their posts", MEMBERS, DELETED_WITH_MORE)
    together = "delete organizations with their members and posts"
    yield _deleting(together, ORGANIZATIONS, DELETED_WITH_MORE)


def _creating_accounts(plan: Plan) -> Iterator[Step]:
    def organizations(first: int, end: int, side: Side, run: int) -> Sequence[Request]:
        return [data.organization(number) for number in side.plan.share(first, end, run)]

    def permissions(first: int, end: int, side: Side, run: int) -> Sequence[Request]:
        return [data.permission(number) for number in side.plan.share(first, end, run)]

    def members(first: int, end: int, side: Side, run: int) -> Sequence[Request]:
        related = side.ids(ORGANIZATIONS), side.ids(PERMISSIONS)
        return [data.member(number, *related) for number in side.plan.share(first, end, run)]

    named = "@request.body.name != ''"
    listed = "@request.body.email != '' && @request.body.permissions:length > 0"
    for name, made, total, rule, connections in (
        (ORGANIZATIONS, organizations, ORGANIZATIONS_MADE, named, 10),
        (PERMISSIONS, permissions, PERMISSIONS_MADE, named, 5),
        (MEMBERS, members, plan.members, listed, 50),
    ):
        half = total // 2
        first, second = partial(made, 0, half), partial(made, half, total)
        yield Step(f"create {name}", name, first, connections, {"createRule": ""}, False, True)
        yield Step(
            f"create {name}, with rule",
            name,
            second,
            connections,
            {"createRule": rule},
            False,
            True,
        )


def _creating_posts(size: int) -> Iterator[Step]:
    table, half = posts(size), size // 2

    def made(first: int, end: int, side: Side, run: int) -> Sequence[Request]:
        authors = side.ids(MEMBERS)
        return [data.article(table, number, authors) for number in side.plan.share(first, end, run)]

    rule = f"{SIGNED_IN} && @request.body.public:isset = true"
    yield Step(
        f"{table}: create", table, partial(made, 0, half), MANY, {"createRule": ""}, False, True
    )
    yield Step(
        f"{table}: create, with rule",
        table,
        partial(made, half, size),
        MANY,
        {"createRule": rule},
        list_only_once=True,
    )


def _logging_in() -> Iterator[Step]:
    accounts = f"/api/collections/{MEMBERS}"
    credentials = f'{{"identity":"member0@example.com","password":"{PASSWORD}"}}'
    for connections in (10, 250):
        yield Step(
            "log in (bcrypt)",
            MEMBERS,
            lambda _side, _run: [("POST", f"{accounts}/auth-with-password", credentials)] * LOGINS,
            connections,
            is_signed_in=False,
            list_only_once=True,
        )
    for connections in (100, 1_000):
        yield Step(
            "auth-refresh",
            MEMBERS,
            lambda _side, _run: [("POST", f"{accounts}/auth-refresh", "")],
            connections,
        )
    for connections in (100, 1_000):
        yield Step(
            "view",
            MEMBERS,
            lambda side, _run: [("GET", records(MEMBERS, side.login[0]), "")],
            connections,
        )


def _listing(table: str) -> Iterator[Step]:
    def listed(query: str, _side: Side, _run: int) -> Sequence[Request]:
        return [("GET", f"{records(table)}?perPage=20{query}", "")]

    def updated(side: Side, run: int) -> Sequence[Request]:
        ids = side.session.ids(table, BESIDE, skipped=run * BESIDE)
        return [("PATCH", records(table, each), f'{{"title":"new {each}"}}') for each in ids]

    for name, query, rule, column, connections in LISTS:
        index = f"CREATE INDEX `{table}_{column}` ON `{table}` (`{column}`)"
        patch = {"listRule": rule, "indexes": [index] if column else []}
        yield Step(f"{table}: {name}", table, partial(listed, query), connections, patch)
        if name == "list":
            yield Step(
                f"{table}: list, beside {BESIDE} updates",
                table,
                partial(listed, query),
                connections,
                patch,
                beside=updated,
            )


def _deleting(name: str, collection: str, most: int, rule: str = "") -> Step:
    """Leaves the account that asks, and its organization."""

    def gone(side: Side, run: int) -> Sequence[Request]:
        count = len(side.plan.share(0, most, run))
        asking = side.login[0], _organization_of(side)
        ids = [each for each in side.session.ids(collection, count + 1) if each not in asking]
        return [("DELETE", records(collection, each), "") for each in ids[:count]]

    return Step(name, collection, gone, FEW, {"deleteRule": rule}, list_only_once=True)


def _organization_of(side: Side) -> str:
    member = side.session.send("GET", records(MEMBERS, side.login[0]))
    return str(member["organization"])
