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
    "validation_invalid_record": (
        "There is no record with this id.",
        "이 ID의 레코드가 없습니다.",
    ),
}
