"""What is wrong with what people send about their accounts, by the codes of the reference."""

import pytest

from tests.wire.clubs import CODES_ON, Club, found
from tests.wire.rows import ANYTHING, Json, Row, check, rows
from tests.wire.world import World

CLUB = "/api/collections/{club}"
REQUIRED = "validation_required"
LONG = "validation_length_out_of_range"
NO_EMAIL = "validation_is_email"
LONG_ADDRESS = "a" * 250 + "@example.com"
LONG_BODY = {"email": LONG_ADDRESS}


@pytest.fixture(scope="module")
def club(world: World) -> Club:
    """A club in which codes and passwords are on."""
    club = found(world, otp=CODES_ON)
    world.ids["club"] = club.name
    world.ids["locked"] = found(world, passwordAuth={"enabled": False}).name
    member = club.join()
    world.tokens["member"] = member.token()
    world.ids["email"], world.ids["other"] = member.email, club.join().email
    return club


def refused(
    says: str, action: str, codes: dict[str, str] | None = None, status: int = 400, **row: Json
) -> Row:
    """A request that is refused."""
    path = f"{row.pop('collection', CLUB)}/{action}"
    return Row(says=says, method="POST", path=path, status=status, codes=codes or {}, **row)


def taken(says: str, action: str, status: int, **row: Json) -> Row:
    """A request that is answered."""
    row.setdefault("events", None)
    return Row(says=says, method="POST", path=f"{CLUB}/{action}", status=status, **row)


ASKING = ("request-otp", "request-password-reset", "request-verification")
CONFIRMING = ("confirm-password-reset", "confirm-verification", "confirm-email-change")


@rows(
    *(
        row
        for action in ASKING
        for row in (
            refused(f"{action} needs an address", action, {"email": REQUIRED}, body={}),
            refused(f"{action} without a body", action, {"email": REQUIRED}),
            refused(f"{action} with null", action, {"email": REQUIRED}, body={"email": None}),
            refused(f"{action} for no address", action, {"email": NO_EMAIL}, body={"email": "x"}),
            refused(f"{action} for a long one", action, {"email": LONG}, body=LONG_BODY),
            refused(f"{action} for a number", action, body={"email": 5}),
            refused(f"{action} with a list", action, body=["a@example.com"]),
            refused(
                f"{action} that cannot be read",
                action,
                content="{",
                headers={"content-type": "application/json"},
            ),
            refused(
                f"{action} of nothing with accounts",
                action,
                status=404,
                body={"email": "a@example.com"},
                collection="/api/collections/roles",
            ),
        )
    ),
    *(
        refused(
            f"{action} in an unknown collection",
            action,
            status=404,
            body={},
            collection="/api/collections/nothing",
        )
        for action in (*ASKING, *CONFIRMING, "auth-with-otp")
    ),
    refused(
        "codes that are off",
        "request-otp",
        status=403,
        body={"email": "a@example.com"},
        collection="/api/collections/users",
    ),
    refused(
        "logins by codes that are off",
        "auth-with-otp",
        status=403,
        body={"otpId": "x", "password": "1"},
        collection="/api/collections/users",
    ),
    refused(
        "new passwords where there are none",
        "request-password-reset",
        body={"email": "a@example.com"},
        collection="/api/collections/{locked}",
    ),
    taken(
        "a code for nobody has an id",
        "request-otp",
        200,
        body={"email": "nobody@example.com"},
        equals={"otpId": ANYTHING},
        events=(),
    ),
    taken(
        "the id can be picked",
        "request-otp",
        200,
        body={"email": "nobody@example.com"},
        query={"fields": "nothing"},
        lacks=["otpId"],
    ),
    taken("a reset for nobody", "request-password-reset", 204, body={"email": "no@example.com"}),
    taken("a link for nobody", "request-verification", 204, body={"email": "no@example.com"}),
    taken(
        "a form is read like JSON",
        "request-verification",
        204,
        content="email=no%40example.com",
        headers={"content-type": "application/x-www-form-urlencoded"},
    ),
)
def test_asking(world: World, club: Club, row: Row) -> None:
    check(world, row)


@rows(
    refused(
        "a code needs its id",
        "auth-with-otp",
        {"otpId": REQUIRED, "password": REQUIRED},
        body={},
    ),
    refused(
        "neither is long",
        "auth-with-otp",
        {"otpId": LONG, "password": LONG},
        body={"otpId": "x" * 256, "password": "1" * 72},
    ),
    refused("an id that nobody has", "auth-with-otp", body={"otpId": "x", "password": "1"}),
    refused("an id that is no text", "auth-with-otp", body={"otpId": 1, "password": "1"}),
    refused(
        "a new password needs everything",
        "confirm-password-reset",
        dict.fromkeys(("token", "password", "passwordConfirm"), REQUIRED),
        body={},
    ),
    refused(
        "all is told at once",
        "confirm-password-reset",
        {
            "token": "validation_invalid_token",
            "password": LONG,
            "passwordConfirm": "validation_values_mismatch",
        },
        body={"token": "x", "password": "short", "passwordConfirm": "other"},
    ),
    refused(
        "a long password is looked at later",
        "confirm-password-reset",
        {"token": "validation_invalid_token"},
        body={"token": "x", "password": "p" * 80, "passwordConfirm": "p" * 80},
    ),
    refused(
        "but not a very long one",
        "confirm-password-reset",
        {"token": "validation_invalid_token", "password": LONG, "passwordConfirm": REQUIRED},
        body={"token": "x", "password": "p" * 256},
    ),
    refused("a link has a token", "confirm-verification", {"token": REQUIRED}, body={}),
    refused(
        "which is one",
        "confirm-verification",
        {"token": "validation_invalid_token_claims"},
        body={"token": "x"},
    ),
    refused("and a text", "confirm-verification", body={"token": 5}),
    refused(
        "a new address needs a token and the password",
        "confirm-email-change",
        {"token": REQUIRED, "password": REQUIRED},
        body={},
    ),
    refused(
        "a bad token makes every password wrong",
        "confirm-email-change",
        {"token": "validation_invalid_token_payload", "password": "validation_invalid_password"},
        body={"token": "x", "password": "y"},
    ),
    refused(
        "a long password is told first",
        "confirm-email-change",
        {"token": "validation_invalid_token_payload", "password": LONG},
        body={"token": "x", "password": "y" * 101},
    ),
)
def test_confirming(world: World, club: Club, row: Row) -> None:
    check(world, row)


@rows(
    refused("guests have no address", "request-email-change", status=401, body={}),
    refused("nor others", "request-email-change", status=403, who="alice", body={}),
    refused("nor superusers of clubs", "request-email-change", status=403, who="root", body={}),
    refused(
        "a new address is needed", "request-email-change", {"newEmail": REQUIRED}, who="member"
    ),
    refused(
        "which is one",
        "request-email-change",
        {"newEmail": NO_EMAIL},
        who="member",
        body={"newEmail": "x"},
    ),
    refused(
        "not a long one",
        "request-email-change",
        {"newEmail": LONG},
        who="member",
        body={"newEmail": LONG_ADDRESS},
    ),
    refused(
        "not the old one",
        "request-email-change",
        {"newEmail": "validation_not_in_invalid"},
        who="member",
        body={"newEmail": "{email}"},
    ),
    refused(
        "nor somebody else's",
        "request-email-change",
        {"newEmail": "validation_invalid_new_email"},
        who="member",
        body={"newEmail": "{other}"},
    ),
    *(
        refused(
            f"superusers need no {action}",
            action,
            who="root",
            body={"token": "x"},
            collection="/api/collections/_superusers",
        )
        for action in (
            "request-verification",
            "confirm-verification",
            "request-email-change",
            "confirm-email-change",
        )
    ),
)
def test_new_addresses(world: World, club: Club, row: Row) -> None:
    check(world, row)


@rows(
    *(
        Row(
            says=f"{who} sends no trials",
            who=who,
            method="POST",
            path="/api/settings/test/email",
            body={},
            status=status,
        )
        for who, status in (("guest", 401), ("alice", 403))
    ),
    *(
        Row(
            says=says,
            who="root",
            method="POST",
            path="/api/settings/test/email",
            body=body,
            status=400,
            codes=codes,
        )
        for says, body, codes in (
            ("a trial needs an address", {}, {"email": REQUIRED, "template": REQUIRED}),
            (
                "one that is one, and a mail",
                {"email": "x", "template": "zz"},
                {"email": NO_EMAIL, "template": "validation_in_invalid"},
            ),
            (
                "a collection of accounts",
                {"email": "x@example.com", "template": "otp", "collection": "roles"},
                {"collection": "validation_invalid_auth_collection"},
            ),
            ("an address is a text", {"email": 5}, {}),
        )
    ),
)
def test_trials(world: World, row: Row) -> None:
    check(world, row)
