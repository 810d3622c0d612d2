"""What is said to whoever logs in by another service."""

from typing import Final

from holobase.api.messages.message import Messages

REASONS: Final[Messages] = {
    "oauth2_disabled": (
        "This collection has no login by other services.",
        "이 컬렉션은 외부 서비스 로그인을 허용하지 않습니다.",
    ),
    "oauth2_failed": (
        "The other service did not confirm this login.",
        "외부 서비스가 로그인을 확인해 주지 않았습니다.",
    ),
    "apple_key_refused": (
        "This key cannot sign for Apple: it has to be the P-256 key that Apple gave.",
        "이 키로는 Apple용 서명을 만들 수 없습니다. Apple에서 발급한 P-256 키여야 합니다.",
    ),
}

CODES: Final[Messages] = {
    "validation_invalid_provider": (
        "This collection has no provider {name}.",
        "이 컬렉션에는 {name} 제공자가 없습니다.",
    ),
}
