"""Accounts: signing up, logging in, and what people may change of themselves."""

from tests.wire.rows import ANYTHING, Json, Row, check, rows
from tests.wire.world import PASSWORD, World

USERS = "/api/collections/users/records"
LOGIN = "/api/collections/users/auth-with-password"
SIGNED_UP = ("users.created", "unified_users.created")
NAME = "newcomer"


def signup(
    says: str,
    codes: dict[str, str] | None = None,
    *,
    who: str = "guest",
    status: int = 400,
    **sent: Json,
) -> Row:
    """A sign-up that is refused for one thing or several."""
    body = {
        "username": NAME,
        "email": f"{NAME}@example.com",
        "password": PASSWORD,
        "passwordConfirm": PASSWORD,
        **sent,
    }
    return Row(
        says=says,
        who=who,
        method="POST",
        path=USERS,
        body={name: value for name, value in body.items() if value is not ...},
        status=status,
        codes=codes or {},
    )


@rows(
    signup(
        "a password is needed",
        {"password": "validation_required", "passwordConfirm": "validation_values_mismatch"},
        password=...,
    ),
    signup("twice", {"passwordConfirm": "validation_required"}, passwordConfirm=""),
    signup(
        "the same both times",
        {"passwordConfirm": "validation_values_mismatch"},
        passwordConfirm="password124",
    ),
    signup(
        "a list is no password",
        {"password": "validation_required", "passwordConfirm": "validation_required"},
        password=["a"],
        passwordConfirm=["a"],
    ),
    signup(
        "a password is not short",
        {"password": "validation_min_text_constraint"},
        password="short",
        passwordConfirm="short",
    ),
    signup(
        "nor longer than can be hashed",
        {"password": "validation_max_text_constraint"},
        password="x" * 72,
        passwordConfirm="x" * 72,
    ),
    signup(
        "in bytes",
        {"password": "validation_invalid_value"},
        password="é" * 40,
        passwordConfirm="é" * 40,
    ),
    signup("nobody verifies themselves", {"verified": "validation_values_mismatch"}, verified=True),
    signup(
        "what is wrong with the account hides the rest",
        {"passwordConfirm": "validation_values_mismatch"},
        passwordConfirm="x",
        email="bad",
    ),
    signup("an address is needed", {"email": "validation_required"}, email=""),
    signup("one that is one", {"email": "validation_is_email"}, email="nobody"),
    signup("that nobody has", {"email": "validation_not_unique"}, email="alice@example.com"),
    signup("a name is unique", {"username": "validation_not_unique"}, username="alice"),
    signup("and plain", {"username": "validation_invalid_format"}, username="a name!"),
    signup("an id is nobody's", {"id": "validation_not_unique"}, id="{alice}"),
    signup(
        "everything else is told at once",
        {
            "email": "validation_is_email",
            "password": "validation_min_text_constraint",
            "username": "validation_min_text_constraint",
        },
        email="bad",
        password="short",
        passwordConfirm="short",
        username="ab",
    ),
)
def test_sign_ups_that_are_refused(world: World, row: Row) -> None:
    check(world, row)


def test_signing_up_makes_a_person_with_a_profile(world: World) -> None:
    account = world.account(roles=[world.ids["moderator"]], status="suspended", tokenKey="x" * 40)
    with world.events() as written:
        answer = world.ask("guest", "POST", USERS, body=account)
    assert answer.status_code == 200
    assert tuple(written[:2]) == SIGNED_UP
    person = answer.json()
    assert person["roles"] == [world.ids["member"]] and person["status"] == "active"
    assert person["verified"] is False
    for secret in ("email", "password", "passwordConfirm", "tokenKey", "oldPassword"):
        assert secret not in person
    query = {"filter": f"user_id = '{person['id']}'"}
    profiles = world.ask("guest", "GET", "/api/collections/unified_users/records", query=query)
    assert profiles.json()["totalItems"] == 1
    assert world.log_in(account["email"])["record"]["id"] == person["id"]


def test_a_name_is_found_for_who_brings_none(world: World) -> None:
    account = world.account()
    del account["username"]
    made = world.ask("guest", "POST", USERS, body=account)
    assert made.status_code == 200 and made.json()["username"].startswith("user")


def test_digits_are_a_password_in_a_form_too(world: World) -> None:
    name, digits = world.fresh("digits"), "1234567890"
    world.make("users", world.account(name, password=digits, passwordConfirm=digits))
    pairs = [("identity", name), ("identity", "alice"), ("password", digits)]
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{each}"\r\n\r\n{text}\r\n'
        for each, text in pairs
    )
    for kind, content in (
        ("application/x-www-form-urlencoded", "&".join(f"{each}={text}" for each, text in pairs)),
        ("multipart/form-data; boundary=b", f"{parts}--b--\r\n"),
    ):
        headers = {"content-type": kind}
        answer = world.ask("guest", "POST", LOGIN, content=content.encode(), headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["record"]["username"] == name, "the first of several counts"


def test_numbers_are_passwords_too(world: World) -> None:
    account = world.account(password=12345678, passwordConfirm="12345678")
    assert world.ask("guest", "POST", USERS, body=account).status_code == 200


def test_an_id_of_a_superuser_is_no_users(world: World) -> None:
    root = world.ask("root", "GET", "/api/collections/_superusers/records").json()["items"][0]["id"]
    with world.events() as written:
        answer = world.ask("guest", "POST", USERS, body=world.account(id=root))
    assert answer.status_code == 400 and written == []
    assert answer.json()["data"]["id"]["code"] == "validation_invalid_auth_id"


def login(
    says: str,
    status: int = 400,
    codes: dict[str, str] | None = None,
    path: str = LOGIN,
    **row: Json,
) -> Row:
    """A login, which writes only where it was from."""
    return Row(
        says=says,
        method="POST",
        path=path,
        status=status,
        codes=codes or {},
        events=("_authOrigins.updated",) if status == 200 else (),
        **row,
    )


BOTH = {"identity": "validation_required", "password": "validation_required"}
ALICE = {"identity": "alice@example.com", "password": PASSWORD}


@rows(
    login(
        "an address and a password let in",
        200,
        body=ALICE,
        equals={"record.email": "alice@example.com", "record.id": "{alice}", "token": ANYTHING},
        lacks=["tokenKey", "$2a$"],
    ),
    login("so does a name", 200, body={**ALICE, "identity": "alice"}),
    login(
        "and a form",
        200,
        content=f"identity=alice&password={PASSWORD}",
        headers={"content-type": "application/x-www-form-urlencoded"},
    ),
    login(
        "where only the name counts the address does not",
        body={**ALICE, "identityField": "username"},
    ),
    login(
        "what does not name anybody cannot be chosen",
        body={**ALICE, "identityField": "id"},
        codes={"identityField": "validation_in_invalid"},
    ),
    login(
        "nor what is too long to name anything",
        body={**ALICE, "identityField": "x" * 256},
        codes={"identityField": "validation_length_out_of_range"},
    ),
    login("case counts", body={**ALICE, "identity": "ALICE@example.com"}),
    login("a wrong password says nothing", body={**ALICE, "password": "x"}),
    login("nor does an unknown name", body={**ALICE, "identity": "nobody"}),
    login("both are needed", body={}, codes=BOTH),
    login("null is nothing", body={"identity": None, "password": None}, codes=BOTH),
    login("no body is nothing", codes=BOTH),
    login("a number is no name", body={"identity": 5, "password": "x"}),
    login("a list is no login", body=[]),
    login(
        "long ones are refused",
        body={"identity": "x" * 256, "password": "y" * 256},
        codes=dict.fromkeys(BOTH, "validation_length_out_of_range"),
    ),
    login("very long ones unread", 413, body={**ALICE, "password": "x" * 70_000}),
    login(
        "where there are no accounts there is no login",
        404,
        body=ALICE,
        path="/api/collections/roles/auth-with-password",
    ),
    login(
        "users are no superusers",
        body=ALICE,
        path="/api/collections/_superusers/auth-with-password",
    ),
    Row(says="a login is not read with GET", path=LOGIN, status=404),
    Row(
        says="how to log in can be asked",
        path="/api/collections/users/auth-methods",
        equals={
            "password": {"enabled": True, "identityFields": ["email", "username"]},
            "mfa": {"duration": 0, "enabled": False},
            "authProviders": [],
            "otp.enabled": False,
            "oauth2": {"enabled": False, "providers": []},
            "usernamePassword": True,
            "emailPassword": True,
        },
    ),
    Row(says="not where nobody can", path="/api/collections/roles/auth-methods", status=404),
)
def test_logging_in(world: World, row: Row) -> None:
    check(world, row)


def change(
    says: str,
    codes: dict[str, str] | None = None,
    *,
    who: str = "alice",
    status: int = 400,
    **sent: Json,
) -> Row:
    """Something alice (or another) wants to change of alice."""
    return Row(
        says=says,
        who=who,
        method="PATCH",
        path=USERS + "/{alice}",
        body=sent,
        status=status,
        codes=codes or {},
        events=() if status >= 400 else None,
    )


NEW: Json = {"password": "password124", "passwordConfirm": "password124"}


@rows(
    change("a stranger finds nobody to change", who="bob", status=404, name="xx"),
    change("nor can they try passwords", who="bob", status=404, oldPassword=PASSWORD, **NEW),
    change(
        "an address is not changed directly",
        {"email": "validation_values_mismatch"},
        email="new@example.com",
    ),
    change("it may be repeated", status=200, email="alice@example.com"),
    change(
        "nobody verifies themselves later",
        {"verified": "validation_values_mismatch"},
        verified=True,
    ),
    change("a new password needs the old one", {"oldPassword": "validation_required"}, **NEW),
    change(
        "the right one",
        {"oldPassword": "validation_invalid_old_password"},
        oldPassword="wrong",
        **NEW,
    ),
    change("a text", {"oldPassword": "validation_required"}, oldPassword=[PASSWORD], **NEW),
    change(
        "the old one alone changes nothing",
        {"password": "validation_required", "passwordConfirm": "validation_required"},
        oldPassword=PASSWORD,
    ),
    change(
        "a right old one is not blamed for the rest",
        {"password": "validation_required", "passwordConfirm": "validation_values_mismatch"},
        oldPassword=PASSWORD,
        passwordConfirm="x",
    ),
    change(
        "a short one is refused",
        {"password": "validation_min_text_constraint"},
        oldPassword=PASSWORD,
        password="s",
        passwordConfirm="s",
    ),
    change("a token key is nobody's business", status=200, tokenKey="x" * 40),
    change("roles are not taken", status=200, roles=["{moderator}"]),
    change("an office holder does not rename", who="mod", status=404, name="Other"),
    change(
        "a superuser needs no old password but two equal ones",
        {"passwordConfirm": "validation_required"},
        who="root",
        password="password124",
    ),
    change(
        "nor may they take a password away",
        {"password": "validation_required"},
        who="root",
        password="",
    ),
)
def test_changing_oneself(world: World, row: Row) -> None:
    check(world, row)


def test_what_was_ignored_has_not_changed(world: World) -> None:
    answer = world.ask("alice", "POST", "/api/collections/users/auth-refresh")
    assert answer.json()["record"]["roles"] == [world.ids["member"]]


def test_an_address_is_seen_where_its_owner_shows_it(world: World) -> None:
    name = world.fresh()
    person = world.person(name)
    path = f"{USERS}/{person}"
    assert "email" not in world.ask("guest", "GET", path).json()
    assert world.ask(name, "GET", path).json()["email"] == f"{name}@example.com"
    assert world.ask(name, "PATCH", path, body={"emailVisibility": True}).status_code == 200
    assert world.ask("guest", "GET", path).json()["email"] == f"{name}@example.com"
    query = {"filter": f"email = '{name}@example.com'"}
    assert world.ask("guest", "GET", USERS, query=query).json()["totalItems"] == 1


def test_a_new_password_is_answered_to_its_owner_and_ends_the_tokens(world: World) -> None:
    name = world.fresh()
    path = f"{USERS}/{world.person(name)}"
    answer = world.ask(name, "PATCH", path, body={"oldPassword": PASSWORD, **NEW})
    assert answer.status_code == 200
    assert answer.json()["email"] == f"{name}@example.com"
    assert world.ask(name, "POST", "/api/collections/users/auth-refresh").status_code == 401
    old = {"identity": name, "password": PASSWORD}
    assert world.ask("guest", "POST", LOGIN, body=old).status_code == 400
    new = {"identity": name, "password": NEW["password"]}
    assert world.ask("guest", "POST", LOGIN, body=new).status_code == 200


def test_a_suspended_user_is_out_at_once(world: World) -> None:
    name = world.fresh()
    person = world.person(name)
    refresh = "/api/collections/users/auth-refresh"
    assert world.ask(name, "POST", refresh).status_code == 200
    path = f"{USERS}/{person}"
    assert world.ask("mod", "PATCH", path, body={"status": "suspended"}).status_code == 200
    assert world.ask(name, "POST", refresh).status_code == 401
    assert world.ask(name, "PATCH", path, body={"name": "Still here"}).status_code == 404
    body = {"identity": name, "password": PASSWORD}
    refused = world.ask("guest", "POST", LOGIN, body=body)
    assert (refused.status_code, refused.json()["data"]) == (403, {})
    assert world.ask("mod", "PATCH", path, body={"status": "active"}).status_code == 200
    assert world.ask("guest", "POST", LOGIN, body=body).status_code == 200


def test_no_event_tells_a_password_or_an_address(world: World) -> None:
    with world.events():
        pass
    for event in world.events_after(0):
        for secret in (PASSWORD, "alice@example.com", "$2a$"):
            assert secret.encode() not in event.data
