"""New passwords, confirmed addresses and new addresses, by links that come by mail."""

import jwt
import pytest

from tests.mailbox import plain
from tests.wire.clubs import Member, found
from tests.wire.test_system_collections import left_by
from tests.wire.world import PASSWORD, World

NEW = "another password"


@pytest.fixture
def member(world: World) -> Member:
    """Somebody in a club of their own."""
    return found(world).join()


def asked(member: Member, action: str, number: int = 1) -> str:
    """The token of a mail that somebody has asked for."""
    answer = member.club.post(f"request-{action}", {"email": member.email})
    assert (answer.status_code, answer.content) == (204, b"")
    return member.club.world.mailbox.token(member.email, number)


def reset(member: Member, token: str, password: str = NEW) -> int:
    """The answer to a new password."""
    body = {"token": token, "password": password, "passwordConfirm": password}
    return member.club.post("confirm-password-reset", body).status_code


def code_of(answer: object, field: str = "token") -> str:
    return str(answer.json()["data"][field]["code"])  # type: ignore[attr-defined]


def test_a_link_gives_a_new_password_once(member: Member) -> None:
    old = member.token()
    token = asked(member, "password-reset")
    assert reset(member, token) == 204
    assert member.show()["verified"] is True
    assert member.log_in().status_code == 400
    assert member.log_in(NEW).status_code == 200
    assert member.club.post("auth-refresh", headers={"authorization": old}).status_code == 401
    assert reset(member, token) == 400


def test_a_link_of_an_address_that_was_left_confirms_nothing(member: Member) -> None:
    left_by(member, "_externalAuths")
    token = asked(member, "password-reset")
    member.change(email=f"new-{member.email}")
    assert reset(member, token) == 400, "with the address all tokens have ended"
    assert member.show()["verified"] is False


def test_a_new_password_has_to_be_one(member: Member) -> None:
    token = asked(member, "password-reset")
    for password, code in (
        ("p" * 72, "validation_max_text_constraint"),
        ("p" * 73, "validation_invalid_value"),
        ("é" * 40, "validation_invalid_value"),
    ):
        body = {"token": token, "password": password, "passwordConfirm": password}
        refused = member.club.post("confirm-password-reset", body)
        assert code_of(refused, "password") == code
    assert reset(member, token) == 204


def test_a_second_link_follows_only_later_or_once_the_first_was_used(member: Member) -> None:
    mailbox = member.club.world.mailbox
    for action in ("password-reset", "verification"):
        before = len(mailbox.all(member.email))
        token = asked(member, action, before + 1)
        for _ in range(3):
            assert asked(member, action, before + 1) == token
        body = {"token": token, "password": NEW, "passwordConfirm": NEW}
        assert member.club.post(f"confirm-{action}", body).status_code == 204
        member.change(verified=False)
        asked(member, action, before + 2)


def test_a_link_confirms_an_address_as_often_as_it_is_followed(member: Member) -> None:
    token = asked(member, "verification")
    auth = member.token()
    for _ in range(2):
        answer = member.club.post("confirm-verification", {"token": token})
        assert (answer.status_code, answer.content) == (204, b"")
    assert member.show()["verified"] is True
    assert member.log_in().status_code == 200
    assert member.club.post("auth-refresh", headers={"authorization": auth}).status_code == 200


def test_a_confirmed_address_needs_no_link(member: Member) -> None:
    member.change(verified=True)
    answer = member.club.post("request-verification", {"email": member.email})
    assert answer.status_code == 204
    assert asked(member, "password-reset")
    assert len(member.club.world.mailbox.all(member.email)) == 1


def test_confirming_unlinks_what_was_linked_before(member: Member) -> None:
    left_by(member, "_externalAuths")
    token, auth = asked(member, "verification"), member.token()
    assert member.club.post("confirm-verification", {"token": token}).status_code == 204
    assert member.left("_externalAuths") == []
    assert member.club.post("auth-refresh", headers={"authorization": auth}).status_code == 401


def test_confirming_sets_a_password_nobody_knows_where_passwords_are_off(world: World) -> None:
    club = found(world, passwordAuth={"enabled": False})
    member = club.join()
    token = asked(member, "verification")
    assert club.post("confirm-verification", {"token": token}).status_code == 204
    club.change(passwordAuth={"enabled": True})
    assert member.log_in().status_code == 400


@pytest.mark.parametrize("action", ["password-reset", "verification"])
def test_a_link_is_of_one_kind_and_collection(world: World, member: Member, action: str) -> None:
    token = asked(member, action)
    body = {"token": token, "password": NEW, "passwordConfirm": NEW}
    other = "verification" if action == "password-reset" else "password-reset"
    refused = member.club.post(f"confirm-{other}", body)
    assert code_of(refused) == "validation_invalid_token"
    refused = found(world).post(f"confirm-{action}", body)
    assert code_of(refused) == "validation_token_collection_mismatch"
    assert member.club.post("auth-refresh", headers={"authorization": token}).status_code == 401


def ask_for_new_address(member: Member, new: str) -> str:
    headers = {"authorization": member.token()}
    answer = member.club.post("request-email-change", {"newEmail": new}, headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    mails = member.club.world.mailbox.all(new)
    assert len(mails) == 1, "it is there when that is answered"
    return member.club.world.mailbox.token(new)


def test_a_link_to_the_new_address_makes_it_the_accounts(member: Member) -> None:
    new = f"new-{member.email}"
    old, token = member.token(), ask_for_new_address(member, new)
    wrong = {"token": token, "password": "wrong password"}
    refused = member.club.post("confirm-email-change", wrong)
    assert refused.json()["data"].keys() == {"password"}
    assert code_of(refused, "password") == "validation_invalid_password"
    body = {"token": token, "password": PASSWORD}
    answer = member.club.post("confirm-email-change", body)
    assert (answer.status_code, answer.content) == (204, b"")
    shown = member.show()
    assert (shown["email"], shown["verified"]) == (new, True)
    assert member.club.post("auth-refresh", headers={"authorization": old}).status_code == 401
    assert code_of(member.club.post("confirm-email-change", body)) == "validation_invalid_token"


def test_an_address_that_the_collection_does_not_take_is_refused(member: Member) -> None:
    key, secret = "k" * 50, "s" * 50
    member.club.change(emailChangeToken={"duration": 1_800, "secret": secret})
    member.change(tokenKey=key)
    claims = {
        "id": member.id,
        "collectionId": member.club.id,
        "type": "emailChange",
        "email": member.email,
        "newEmail": "no address",
        "exp": 2_000_000_000,
    }
    token = jwt.encode(claims, key + secret, "HS256")
    body = {"token": token, "password": PASSWORD}
    refused = member.club.post("confirm-email-change", body)
    assert code_of(refused, "email") == "validation_is_email"


def test_an_address_that_was_taken_meanwhile_is_refused(member: Member) -> None:
    new = f"new-{member.email}"
    token = ask_for_new_address(member, new)
    member.club.join(email=new)
    body = {"token": token, "password": PASSWORD}
    refused = member.club.post("confirm-email-change", body)
    assert code_of(refused) == "validation_invalid_token_email"
    assert code_of(refused, "password") == "validation_invalid_password"


def test_who_signed_nothing_learns_nothing_of_addresses(member: Member) -> None:
    token = ask_for_new_address(member, f"new-{member.email}")
    forged = token[:-4] + "AAAA"
    member.club.join(email=f"new-{member.email}")
    refused = member.club.post("confirm-email-change", {"token": forged, "password": PASSWORD})
    assert code_of(refused) == "validation_invalid_token"


def test_what_an_address_is_confirmed_for_is_the_one_that_was_mailed(member: Member) -> None:
    token = asked(member, "verification")
    world = member.club.world
    key = "k" * 50
    member.change(tokenKey=key)
    member.change(email=f"new-{member.email}", tokenKey=key + "x")
    refused = member.club.post("confirm-verification", {"token": token})
    assert code_of(refused) == "validation_invalid_token"
    assert world.show(member.club.name, member.id)["verified"] is False


def test_a_login_from_a_new_place_is_told(member: Member) -> None:
    mailbox = member.club.world.mailbox
    member.log_in(headers={"user-agent": "first"})
    member.log_in(headers={"user-agent": "first"})
    assert member.log_in(headers={"user-agent": "<second>"}).status_code == 200
    [alert] = mailbox.await_mails(member.email)
    assert "127.0.0.1 <second>" in plain(alert)
    page = alert.get_body(("html",))
    assert page is not None and "127.0.0.1 &lt;second&gt;" in page.get_content()


def test_mails_speak_the_readers_language(world: World) -> None:
    person = world.account(locale="ja")
    world.make("users", person)
    path = "/api/collections/users/request-password-reset"
    body = {"email": person["email"]}
    assert world.ask("guest", "POST", path, body=body).status_code == 204
    [mail] = world.mailbox.await_mails(person["email"])
    assert "パスワード" in mail["Subject"]


def test_mails_without_a_language_follow_the_clients(member: Member) -> None:
    headers = {"accept-language": "ko-KR,ko;q=0.9"}
    member.club.post("request-verification", {"email": member.email}, headers=headers)
    [mail] = member.club.world.mailbox.await_mails(member.email)
    assert "이메일 주소 확인" in mail["Subject"]


def test_a_collections_own_mail_is_filled_in(world: World) -> None:
    club = found(
        world,
        fields=[{"name": "nick", "type": "text"}, {"name": "note", "type": "text", "hidden": True}],
        verificationTemplate={
            "subject": "{APP_NAME} for {RECORD:nick}",
            "body": "<p>{RECORD:nick} {RECORD:note} {RECORD:tokenKey} {RECORD:verified} "
            "{RECORD:email} {TOKEN} {APP_URL}</p>",
        },
    )
    member = club.join(nick="<b>{TOKEN}</b>", note="hidden")
    club.post("request-verification", {"email": member.email})
    [mail] = world.mailbox.await_mails(member.email)
    assert mail["Subject"] == "Acme for &lt;b&gt;{TOKEN}&lt;/b&gt;"
    text = plain(mail)
    assert text.startswith("<b>{TOKEN}</b> {RECORD:note} {RECORD:tokenKey} false ")
    assert f"{member.email} ey" in text and text.rstrip().endswith(" http://localhost:8090")


def test_a_trial_mail_is_there_when_it_is_answered(world: World) -> None:
    for template in ("verification", "password-reset", "email-change", "otp", "login-alert"):
        to = f"{world.fresh('trial')}@example.com"
        body = {"email": to, "template": template, "collection": "users"}
        answer = world.ask("root", "POST", "/api/settings/test/email", body=body)
        assert (answer.status_code, answer.content) == (204, b"")
        assert len(world.mailbox.all(to)) == 1
