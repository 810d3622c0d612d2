"""What is said of running an instance: of limits, addresses, logs, jobs and the SQL console."""

from typing import Final

from holobase.api.messages.message import Messages

REASONS: Final[Messages] = {
    "too_many_requests": (
        "Too many requests. Try again a little later.",
        "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.",
    ),
    "sql_refused": ("This is no statement to run.", "실행할 수 있는 문장이 아닙니다."),
    "sql_failed": ("The statement failed:", "문장을 실행하지 못했습니다:"),
    "sql_writes": (
        "The console only reads, because tables follow from the log. Change records through the "
        "API.",
        "테이블은 로그에서 만들어지므로 콘솔에서는 읽기만 할 수 있습니다. 레코드는 API로 변경해 "
        "주세요.",
    ),
    "sql_several": ("One statement at a time.", "한 번에 한 문장만 실행할 수 있습니다."),
    "sql_not_allowed": (
        "The statement reaches beyond the tables.",
        "테이블 밖의 것을 사용하는 문장입니다.",
    ),
    "sql_too_much": (
        "The rows hold too much. Ask for fewer or shorter ones.",
        "결과가 너무 큽니다. 더 적게 요청해 주세요.",
    ),
    "superuser_elsewhere": (
        "Superusers may not come from this address.",
        "이 주소에서는 관리자로 접속할 수 없습니다.",
    ),
}
