"""What is said to whoever logs in, or may not do something."""

from typing import Final

from holobase.api.messages.message import Messages

REASONS: Final[Messages] = {
    "last_superuser": (
        "The only superuser there is cannot be deleted.",
        "마지막 관리자는 삭제할 수 없습니다.",
    ),
    "no_such_superuser": (
        "There is no superuser with this e-mail address.",
        "이 이메일 주소의 관리자가 없습니다.",
    ),
    "passkey_failed": ("The passkey was not kept.", "패스키를 저장하지 못했습니다."),
    "passkeys_need_address": (
        "Passkeys need the address of this site in the settings (meta.appURL).",
        "패스키를 쓰려면 설정(meta.appURL)에 사이트 주소가 있어야 합니다.",
    ),
    "too_many_passkeys": (
        "This account has as many passkeys as it may. Delete one first.",
        "이 계정의 패스키가 너무 많습니다. 먼저 하나를 삭제해 주세요.",
    ),
    "login_failed": ("The login failed.", "로그인하지 못했습니다."),
    "login_refused": (
        "This account may not log in.",
        "이 계정은 로그인할 수 없습니다.",
    ),
    "one_more_step": (
        "Somebody who logs in here has to prove who they are in a second way.",
        "로그인하려면 두 번째 인증이 필요합니다.",
    ),
    "mfa_expired": (
        "The first step of this login is unknown or too long ago.",
        "이 로그인의 첫 단계를 찾을 수 없거나 시간이 지났습니다.",
    ),
    "mfa_of_another": (
        "The first step of this login was another account's.",
        "이 로그인의 첫 단계는 다른 계정의 것입니다.",
    ),
    "mfa_same_method": (
        "The second step has to be of another kind than the first.",
        "두 번째 단계는 첫 단계와 다른 방법이어야 합니다.",
    ),
    "otp_disabled": (
        "This collection has no login by one-time codes.",
        "이 컬렉션은 일회용 코드 로그인을 허용하지 않습니다.",
    ),
    "otp_failed": (
        "This code is wrong, or not good any more.",
        "코드가 잘못되었거나 더 이상 쓸 수 없습니다.",
    ),
    "too_many_codes": (
        "Too many codes were tried. Try again a little later.",
        "코드를 너무 여러 번 입력했습니다. 잠시 후 다시 시도해 주세요.",
    ),
    "too_many_attempts": (
        "Too many attempts have failed. Try again a little later.",
        "실패한 시도가 너무 많습니다. 잠시 후 다시 시도해 주세요.",
    ),
    "superusers_are_verified": (
        "The addresses of superusers need no confirmation.",
        "관리자의 이메일 주소는 확인이 필요하지 않습니다.",
    ),
    "superusers_change_addresses": (
        "Superusers change their addresses directly.",
        "관리자는 이메일 주소를 직접 바꿉니다.",
    ),
    "mail_failed": ("The mail could not be sent.", "메일을 보내지 못했습니다."),
    "password_auth_disabled": (
        "This collection has no password login.",
        "이 컬렉션은 비밀번호 로그인을 허용하지 않습니다.",
    ),
    "token_required": (
        "This request needs a valid token.",
        "유효한 토큰이 필요한 요청입니다.",
    ),
    "wrong_account_kind": (
        "This account may not do that.",
        "이 계정으로는 할 수 없는 요청입니다.",
    ),
    "superusers_only": ("Only superusers may do that.", "관리자만 할 수 있는 요청입니다."),
}

CODES: Final[Messages] = {
    "validation_invalid_collection_id": (
        "There is no collection with this id.",
        "이 ID의 컬렉션이 없습니다.",
    ),
    "validation_invalid_collection_type": (
        "This has to be a collection of accounts.",
        "계정 컬렉션이어야 합니다.",
    ),
    "validation_invalid_token": (
        "This link is not good any more.",
        "더 이상 쓸 수 없는 링크입니다.",
    ),
    "validation_invalid_token_claims": ("This is no such link.", "올바른 링크가 아닙니다."),
    "validation_invalid_token_payload": ("This is no such link.", "올바른 링크가 아닙니다."),
    "validation_token_collection_mismatch": (
        "This link is for accounts of another collection.",
        "다른 컬렉션 계정의 링크입니다.",
    ),
    "validation_token_email_mismatch": (
        "The account has another address by now.",
        "계정의 이메일 주소가 그사이 바뀌었습니다.",
    ),
    "validation_invalid_token_email": (
        "Somebody has this address by now.",
        "그사이 다른 계정이 이 주소를 쓰고 있습니다.",
    ),
    "validation_invalid_new_email": (
        "This address cannot be taken.",
        "사용할 수 없는 주소입니다.",
    ),
    "validation_invalid_password": (
        "The password is wrong.",
        "비밀번호가 올바르지 않습니다.",
    ),
    "validation_invalid_auth_collection": (
        "This has to be a collection of accounts.",
        "계정 컬렉션이어야 합니다.",
    ),
    "validation_invalid_record": (
        "There is no record with this id.",
        "이 ID의 레코드가 없습니다.",
    ),
}
