"""What is said of lists, records and their values."""

from typing import Final

from holobase.api.messages.message import Messages

REASONS: Final[Messages] = {
    "bad_query": (
        "The filter, sort or page of this request cannot be used.",
        "필터, 정렬 또는 페이지 값이 올바르지 않습니다.",
    ),
    "too_slow": (
        "This takes too long to read. Ask for less, or by other fields.",
        "읽는 데 시간이 너무 오래 걸립니다. 범위를 줄이거나 다른 필드로 요청해 주세요.",
    ),
    "expand_too_large": (
        "What is expanded leads to too many records. Ask for fewer at once.",
        "함께 불러오는 레코드가 너무 많습니다. 한 번에 더 적게 요청해 주세요.",
    ),
    "rule_too_slow": (
        "The rule that decides about this takes too long to check.",
        "이 요청을 판단하는 규칙을 확인하는 데 시간이 너무 오래 걸립니다.",
    ),
    "unsupported_collection_type": (
        "Records of this kind of collection cannot be written.",
        "이 종류의 컬렉션에는 레코드를 쓸 수 없습니다.",
    ),
    "bad_if_match": (
        "If-Match takes the ETags of the record that is to be changed.",
        "If-Match에는 수정할 레코드의 ETag를 넣어야 합니다.",
    ),
    "outdated": (
        "The record has been changed since you read it. Read it again.",
        "읽은 뒤에 레코드가 바뀌었습니다. 다시 읽어 주세요.",
    ),
    "bad_cursor": (
        "This cursor is damaged, or was made for another list or somebody else. Start anew.",
        "커서가 손상되었거나 다른 목록 또는 다른 사용자의 것입니다. 처음부터 다시 읽어 주세요.",
    ),
    "no_cursor": (
        "A list in random order has no cursor.",
        "무작위 순서의 목록에는 커서를 쓸 수 없습니다.",
    ),
    "cursor_with_page": (
        "A list is read by page or by cursor, not by both.",
        "page와 cursor는 함께 쓸 수 없습니다.",
    ),
    "cursor_too_long": (
        "The values that this list is sorted by are too long for a cursor.",
        "정렬에 쓰인 값이 너무 길어 커서를 만들 수 없습니다.",
    ),
    "create_failed": ("The record was not created.", "레코드를 만들지 못했습니다."),
    "update_failed": ("The record was not changed.", "레코드를 수정하지 못했습니다."),
    "write_failed": ("The record was not saved.", "레코드를 저장하지 못했습니다."),
    "delete_required_relation": (
        "The record was not deleted: another record requires it.",
        "다른 레코드가 필요로 하므로 삭제할 수 없습니다.",
    ),
    "superusers_filter": (
        "Only superusers may filter or sort by other collections or the request.",
        "관리자만 사용할 수 있는 필터 또는 정렬입니다.",
    ),
}

CODES: Final[Messages] = {
    "validation_required": ("A value is required.", "값이 필요합니다."),
    "validation_invalid_value": ("This value is not valid.", "올바르지 않은 값입니다."),
    "validation_min_text_constraint": (
        "Must have at least {min} characters.",
        "{min}자 이상이어야 합니다.",
    ),
    "validation_max_text_constraint": (
        "Must have at most {max} characters.",
        "{max}자 이하여야 합니다.",
    ),
    "validation_invalid_format": ("Not in the expected format.", "형식이 올바르지 않습니다."),
    "validation_not_a_number": ("Must be a number.", "숫자여야 합니다."),
    "validation_only_int_constraint": ("Must be a whole number.", "정수여야 합니다."),
    "validation_min_number_constraint": (
        "Must be {min} or more.",
        "{min} 이상이어야 합니다.",
    ),
    "validation_max_number_constraint": (
        "Must be {max} or less.",
        "{max} 이하여야 합니다.",
    ),
    "validation_is_email": ("Must be an e-mail address.", "이메일 주소여야 합니다."),
    "validation_email_domain_not_allowed": (
        "This e-mail domain is not allowed.",
        "허용되지 않는 이메일 도메인입니다.",
    ),
    "validation_invalid_url": ("Must be a web address.", "웹 주소여야 합니다."),
    "validation_url_domain_not_allowed": (
        "This domain is not allowed.",
        "허용되지 않는 도메인입니다.",
    ),
    "validation_content_size_limit": (
        "Must be at most {maxSize} bytes.",
        "{maxSize}바이트 이하여야 합니다.",
    ),
    "validation_json_size_limit": (
        "Must be at most {maxSize} bytes of JSON.",
        "JSON은 {maxSize}바이트 이하여야 합니다.",
    ),
    "validation_invalid_json": ("Must be JSON.", "JSON 형식이어야 합니다."),
    "validation_min_greater_equal_than_required": (
        "Must be at least {threshold}.",
        "{threshold} 이상이어야 합니다.",
    ),
    "validation_max_less_equal_than_required": (
        "Must be at most {threshold}.",
        "{threshold} 이하여야 합니다.",
    ),
    "validation_too_many_values": (
        "At most {maxSelect} may be chosen.",
        "최대 {maxSelect}개까지 선택할 수 있습니다.",
    ),
    "validation_not_enough_values": (
        "At least {minSelect} must be chosen.",
        "{minSelect}개 이상 선택해야 합니다.",
    ),
    "validation_missing_rel_collection": (
        "The related collection does not exist.",
        "관련 컬렉션이 없습니다.",
    ),
    "validation_missing_rel_records": (
        "A related record does not exist.",
        "관련 레코드가 없습니다.",
    ),
    "validation_not_unique": ("This value is taken.", "이미 사용 중인 값입니다."),
    "validation_pk_invalid": (
        "This id is taken, perhaps in letters of another case.",
        "이미 사용 중인 id입니다. 대소문자는 구분하지 않습니다.",
    ),
    "validation_pk_change": ("The id cannot be changed.", "id는 바꿀 수 없습니다."),
    "validation_invalid_auth_id": ("This id is taken.", "이미 사용 중인 id입니다."),
    "validation_values_mismatch": ("The values differ.", "값이 서로 다릅니다."),
    "validation_invalid_old_password": (
        "The old password is wrong.",
        "기존 비밀번호가 틀립니다.",
    ),
    "validation_in_invalid": ("Not one of the allowed values.", "허용된 값이 아닙니다."),
    "validation_length_out_of_range": (
        "The length must be between {min} and {max}.",
        "길이는 {min}에서 {max} 사이여야 합니다.",
    ),
    "validation_length_too_long": (
        "The length must be at most {max}.",
        "길이는 {max} 이하여야 합니다.",
    ),
    "batch_request_failed": ("This request failed.", "이 요청이 실패했습니다."),
    "validation_length_invalid": (
        "Must be {min} characters long.",
        "{min}자여야 합니다.",
    ),
    "validation_is_hex_color": ("Must be a colour such as #1055c9.", "색상 값이어야 합니다."),
    "validation_is_url": ("Must be a web address.", "웹 주소여야 합니다."),
    "validation_is_host": (
        "Must be an IP address or a host name.",
        "IP 주소 또는 호스트 이름이어야 합니다.",
    ),
    "validation_match_invalid": ("Not in the expected format.", "형식이 올바르지 않습니다."),
    "validation_invalid_cron": (
        "Must be five fields of a crontab, or a macro such as @daily.",
        "crontab 형식 또는 @daily 같은 매크로여야 합니다.",
    ),
    "validation_invlaid_ip_or_subnet": (  # spelled as clients know it
        "Must be an IP address or a subnet.",
        "IP 주소 또는 서브넷이어야 합니다.",
    ),
    "validation_conflicting_rate_limit_rule": (
        "Another rule has the label {label} already.",
        "라벨 {label}에는 이미 규칙이 있습니다.",
    ),
    "validation_invalid_latitude": ("Not a latitude.", "위도 값이 올바르지 않습니다."),
    "validation_invalid_longitude": ("Not a longitude.", "경도 값이 올바르지 않습니다."),
}
