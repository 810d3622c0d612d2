"""What is said of roles, permissions and the audit."""

from typing import Final

from holobase.api.messages.message import Messages

REASONS: Final[Messages] = {
    "no_roles": (
        "There are no roles here: the card community is not kept in this folder.",
        "이 폴더에는 카드 커뮤니티가 없어 역할도 없습니다.",
    ),
    "no_such_accounts": (
        "There is no collection of accounts with this name.",
        "이런 이름의 계정 컬렉션이 없습니다.",
    ),
    "no_such_role": (
        "There is no such role. `holobase roles list` shows all.",
        "이런 역할은 없습니다. `holobase roles list`로 볼 수 있습니다.",
    ),
    "no_such_account": (
        "Nobody has this e-mail address, username or id.",
        "이 이메일 주소, 사용자 이름 또는 id의 계정이 없습니다.",
    ),
    "audit_needs_collection": (
        "A record is asked for with its collection.",
        "레코드는 컬렉션과 함께 지정해야 합니다.",
    ),
}

CODES: Final[Messages] = {
    "validation_beyond_own_permissions": (
        "Nobody decides about what may do more than they may themselves.",
        "자신보다 권한이 많은 역할이나 계정은 바꿀 수 없습니다.",
    ),
}
