"""What is said to whoever listens."""

from typing import Final

from holobase.api.messages.message import Messages

REASONS: Final[Messages] = {
    "broadcast_failed": ("This cannot be sent.", "보낼 수 없습니다."),
    "realtime_too_much": (
        "These are too many filters for one connection.",
        "한 연결에 비해 필터가 너무 많습니다.",
    ),
    "realtime_unknown_client": (
        "There is no connection with this client id.",
        "이 클라이언트 아이디의 연결이 없습니다.",
    ),
    "realtime_other_address": (
        "The connection was made from another address.",
        "다른 주소에서 맺은 연결입니다.",
    ),
    "realtime_other_account": (
        "The connection belongs to another account; open a new one.",
        "다른 계정의 연결입니다. 새로 연결해 주세요.",
    ),
}
