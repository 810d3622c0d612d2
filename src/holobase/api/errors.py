"""The one table from what was refused to what the wire says: status and sentence, in English and
Korean. Causes stay in the logs.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from holobase.api import definition_errors
from holobase.domain.errors import (
    BadRequest,
    ErrorTree,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Outdated,
    Refusal,
    TooLarge,
    Unauthenticated,
)
from holobase.kit import json

STATUS: Final[dict[type[Refusal], int]] = {
    BadRequest: 400,
    Invalid: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Outdated: 412,
    TooLarge: 413,
}

ENGLISH, KOREAN = 0, 1

REASONS: Final[dict[str, tuple[str, str]]] = {
    "bad_query": (
        "The filter, sort or page of this request cannot be used.",
        "필터, 정렬 또는 페이지 값이 올바르지 않습니다.",
    ),
    "bad_path": ("This address cannot be read.", "주소를 읽을 수 없습니다."),
    "malformed_body": ("The request body cannot be read.", "요청 본문을 읽을 수 없습니다."),
    "unsupported_content_type": (
        "This content type is not supported.",
        "지원하지 않는 콘텐츠 형식입니다.",
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
    "delete_required_relation": (
        "The record was not deleted: another record requires it.",
        "다른 레코드가 필요로 하므로 삭제할 수 없습니다.",
    ),
    "last_superuser": (
        "The only superuser there is cannot be deleted.",
        "마지막 관리자는 삭제할 수 없습니다.",
    ),
    "no_database": (
        "There is no database in this folder yet. `holobase serve` makes one.",
        "이 폴더에는 아직 데이터베이스가 없습니다. `holobase serve`로 만들 수 있습니다.",
    ),
    "not_empty": (
        "Somebody has signed up here already. Demo data goes into an empty folder.",
        "이미 가입한 사용자가 있습니다. 데모 데이터는 빈 폴더에만 넣을 수 있습니다.",
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
    "superusers_filter": (
        "Only superusers may filter or sort by other collections or the request.",
        "관리자만 사용할 수 있는 필터 또는 정렬입니다.",
    ),
    "not_found": ("There is nothing here.", "요청한 것을 찾을 수 없습니다."),
    "too_large": ("The request is too large.", "요청이 너무 큽니다."),
    "unavailable": (
        "The server cannot do this right now. Try again soon.",
        "지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.",
    ),
    "internal": ("Something went wrong on our side.", "서버에서 문제가 발생했습니다."),
}

CODES: Final[dict[str, tuple[str, str]]] = {
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
    "validation_invalid_file": ("This file does not exist.", "존재하지 않는 파일입니다."),
    "validation_too_many_files": (
        "At most {maxSelect} files are allowed.",
        "파일은 최대 {maxSelect}개입니다.",
    ),
    "validation_not_unique": ("This value is taken.", "이미 사용 중인 값입니다."),
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

REASONS.update(definition_errors.REASONS)
CODES.update(definition_errors.CODES)

_UNKNOWN_CODE = "validation_invalid_value"
_KOREAN = re.compile(r"\s*ko\b", re.IGNORECASE)


def status_of(error: Refusal) -> int:
    """The HTTP status of a refusal."""
    return STATUS[type(error)]


def language_of(accept_language: str) -> int:
    """The language of our sentences for an `Accept-Language` header."""
    return KOREAN if _KOREAN.match(accept_language) else ENGLISH


def body_of(status: int, reason: str, errors: ErrorTree, language: int) -> bytes:
    """The error body as JSON."""
    return json.encode(_members(status, reason, errors, language))


def _members(status: int, reason: str, errors: ErrorTree, language: int) -> dict[str, Any]:
    """The error body: keys `data`, `message`, `status` in this order."""
    message = REASONS[reason][language]
    return {"data": _tree(errors, language), "message": message, "status": status}


def _tree(errors: ErrorTree, language: int) -> dict[str, Any]:
    return {
        name: _item(error, language) if isinstance(error, FieldError) else _tree(error, language)
        for name, error in sorted(errors.items())
    }


def _item(error: FieldError, language: int) -> dict[str, Any]:
    template = CODES.get(error.code, CODES[_UNKNOWN_CODE])[language]
    message = _fill(template, error.params)
    if error.detail:
        message = f"{message} {error.detail}"
    item: dict[str, Any] = {"code": error.code, "message": message}
    if error.params:
        item["params"] = dict(error.params)
    inner = error.refusal
    if inner is not None:
        item["response"] = _members(status_of(inner), inner.reason, inner.errors, language)
    return item


def _fill(template: str, params: Mapping[str, Any]) -> str:
    for name, value in params.items():
        template = template.replace(f"{{{name}}}", str(value))
    return template if "{" not in template else _without_numbers(template)


def _without_numbers(template: str) -> str:
    """Some codes come without their numbers; the sentence then says less."""
    return CODES["validation_invalid_format"][ENGLISH if template.isascii() else KOREAN]
