"""What is said of requests as such, of batches, settings and data folders."""

from typing import Final

from holobase.api.messages.message import Messages

REASONS: Final[Messages] = {
    "bad_path": ("This address cannot be read.", "주소를 읽을 수 없습니다."),
    "malformed_body": ("The request body cannot be read.", "요청 본문을 읽을 수 없습니다."),
    "unsupported_content_type": (
        "This content type is not supported.",
        "지원하지 않는 콘텐츠 형식입니다.",
    ),
    "batch_disabled": ("There are no batches here.", "일괄 요청을 사용할 수 없습니다."),
    "bad_batch": ("The batch is not valid.", "일괄 요청이 올바르지 않습니다."),
    "bad_batch_item": (
        "This is no request that a batch can hold.",
        "일괄 요청에 담을 수 없는 요청입니다.",
    ),
    "batch_failed": (
        "The batch failed, and nothing of it was done.",
        "일괄 요청이 실패하여 아무것도 처리하지 않았습니다.",
    ),
    "settings_failed": ("The settings were not changed.", "설정을 바꾸지 못했습니다."),
    "no_database": (
        "There is no database in this folder yet. `holobase serve` makes one.",
        "이 폴더에는 아직 데이터베이스가 없습니다. `holobase serve`로 만들 수 있습니다.",
    ),
    "not_empty": (
        "Somebody has signed up here already. Demo data goes into an empty folder.",
        "이미 가입한 사용자가 있습니다. 데모 데이터는 빈 폴더에만 넣을 수 있습니다.",
    ),
    "not_found": ("There is nothing here.", "요청한 것을 찾을 수 없습니다."),
    "too_large": ("The request is too large.", "요청이 너무 큽니다."),
    "unavailable": (
        "The server cannot do this right now. Try again soon.",
        "지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.",
    ),
    "internal": ("Something went wrong on our side.", "서버에서 문제가 발생했습니다."),
}
