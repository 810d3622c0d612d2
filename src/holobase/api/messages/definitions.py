"""What is said of definitions that are refused: the part of the messages that superusers
alone can meet."""

from typing import Final

from holobase.api.messages.message import Messages

ACCOUNT_FIELDS: Final = ("password", "tokenKey", "email", "emailVisibility", "verified")

REASONS: Final[Messages] = {
    "malformed_collection": (
        "The definition of the collection cannot be read.",
        "컬렉션 정의를 읽을 수 없습니다.",
    ),
    "collection_id_change": (
        "The id of a collection cannot be changed.",
        "컬렉션의 id는 바꿀 수 없습니다.",
    ),
    "collection_not_created": ("The collection was not created.", "컬렉션을 만들지 못했습니다."),
    "collection_not_updated": ("The collection was not changed.", "컬렉션을 수정하지 못했습니다."),
    "collections_not_imported": (
        "The collections were not imported.",
        "컬렉션을 가져오지 못했습니다.",
    ),
    "collection_is_needed": (
        "The collection was not deleted: the server itself needs it.",
        "서버에 필요한 컬렉션이므로 삭제할 수 없습니다.",
    ),
    "collection_is_referred_to": (
        "The collection was not deleted: another collection relates to it.",
        "다른 컬렉션이 참조하므로 삭제할 수 없습니다.",
    ),
    "not_truncated": (
        "No record was deleted: other records require some of them.",
        "다른 레코드가 필요로 하므로 비울 수 없습니다.",
    ),
    "too_many_to_truncate": (
        "There are too many records to delete them all at once. Delete some first.",
        "한 번에 삭제하기에는 레코드가 너무 많습니다. 일부를 먼저 삭제해 주세요.",
    ),
    "bad_submission": ("What was sent is not complete.", "보낸 내용이 완전하지 않습니다."),
    "bad_view_query": (
        "The query cannot be a view.",
        "뷰로 사용할 수 없는 쿼리입니다.",
    ),
    "view_needs_it": (
        "Nothing was changed: a view reads what would be gone.",
        "뷰가 읽고 있으므로 변경하지 않았습니다.",
    ),
}

CODES: Final[Messages] = {
    "validation_not_in_invalid": ("This value is reserved.", "예약된 값입니다."),
    "validation_found_via": ('Must not contain "_via_".', '"_via_"를 포함할 수 없습니다.'),
    "validation_empty": ("Must be empty.", "비어 있어야 합니다."),
    "validation_nil": ("Must not be set.", "설정할 수 없습니다."),
    "validation_nil_or_not_empty_required": (
        "Must be null or a rule.",
        "null이거나 규칙이어야 합니다.",
    ),
    "validation_is_domain": ("Must be a domain.", "도메인이어야 합니다."),
    "validation_invalid_regex": ("Must be an RE2 pattern.", "RE2 패턴이어야 합니다."),
    "validation_invalid_autogenerate_pattern": (
        "Texts cannot be generated from this pattern.",
        "이 패턴으로는 값을 만들 수 없습니다.",
    ),
    "validation_invalid_autogenerate_pattern_value": (
        "This pattern may generate values that the field refuses.",
        "필드가 허용하지 않는 값이 만들어질 수 있습니다.",
    ),
    "validation_unsupported_composite_pk": (
        "A collection has one primary key.",
        "기본 키는 하나만 있을 수 있습니다.",
    ),
    "validation_missing_primary_key": (
        "The text field id must be there as the primary key.",
        "기본 키인 텍스트 필드 id가 필요합니다.",
    ),
    **dict.fromkeys(
        (f"validation_missing_{name}_field" for name in ACCOUNT_FIELDS),
        (
            "An account needs all its system fields.",
            "계정에 필요한 시스템 필드가 없습니다.",
        ),
    ),
    "validation_collection_name_exists": (
        "Another collection has this name.",
        "같은 이름의 컬렉션이 있습니다.",
    ),
    "validation_collection_name_id_duplicate": (
        "This is the id of another collection.",
        "다른 컬렉션의 id입니다.",
    ),
    "validation_collection_name_invalid": ("This name is reserved.", "예약된 이름입니다."),
    "validation_collection_system_name_change": (
        "The name of a system collection cannot be changed.",
        "시스템 컬렉션의 이름은 바꿀 수 없습니다.",
    ),
    "validation_declared_name_change": (
        "The server knows this collection by its name.",
        "서버가 사용하는 이름이므로 바꿀 수 없습니다.",
    ),
    "validation_collection_system_flag_change": (
        "Whether a collection is the system's cannot be changed.",
        "시스템 컬렉션 여부는 바꿀 수 없습니다.",
    ),
    "validation_collection_type_change": (
        "The type of a collection cannot be changed.",
        "컬렉션의 유형은 바꿀 수 없습니다.",
    ),
    "validation_invalid_view_query": (
        "This query cannot be a view.",
        "뷰로 사용할 수 없는 쿼리입니다.",
    ),
    "validation_indexes_not_supported": (
        "Views have no indexes.",
        "뷰에는 인덱스를 만들 수 없습니다.",
    ),
    "validation_invalid_or_existing_id": (
        "This id cannot be used or is taken.",
        "사용할 수 없거나 이미 사용 중인 id입니다.",
    ),
    "validation_system_field_change": (
        "System fields can neither be renamed nor taken away.",
        "시스템 필드는 바꾸거나 삭제할 수 없습니다.",
    ),
    "validation_declared_field_missing": (
        "The server needs the field {fieldName}.",
        "서버에 필요한 필드입니다: {fieldName}",
    ),
    "validation_declared_field_change": (
        "The server needs this as it is.",
        "서버에 필요한 설정이므로 바꿀 수 없습니다.",
    ),
    "validation_field_type_change": (
        "The type of a field cannot be changed.",
        "필드의 유형은 바꿀 수 없습니다.",
    ),
    "validation_duplicated_field_id": (
        "Another field has the id {fieldId}.",
        "같은 id의 필드가 있습니다: {fieldId}",
    ),
    "validation_duplicated_field_name": (
        "Another field is called {fieldName}.",
        "같은 이름의 필드가 있습니다: {fieldName}",
    ),
    "validation_reserved_field_name": ("This name is reserved.", "예약된 이름입니다."),
    "validation_field_relation_missing_collection": (
        "There is no collection with this id.",
        "이 id의 컬렉션이 없습니다.",
    ),
    "validation_field_relation_change": (
        "What a relation points to cannot be changed.",
        "관계 대상은 바꿀 수 없습니다.",
    ),
    "validation_relation_field_non_view_base_collection": (
        "Only views can relate to views.",
        "뷰만 뷰를 참조할 수 있습니다.",
    ),
    "validation_invalid_rule": ("Not a rule.", "규칙이 올바르지 않습니다."),
    "validation_collection_system_rule_change": (
        "The rules of a system collection cannot be changed.",
        "시스템 컬렉션의 규칙은 바꿀 수 없습니다.",
    ),
    "validation_invalid_index_expression": (
        "This index cannot be made.",
        "인덱스를 만들 수 없습니다.",
    ),
    "validation_duplicated_index_name": (
        "Another index has this name.",
        "같은 이름의 인덱스가 있습니다.",
    ),
    "validation_existing_index_name": (
        "The collection {usedTableName} has an index of this name.",
        "{usedTableName} 컬렉션에 같은 이름의 인덱스가 있습니다.",
    ),
    "validation_duplicated_index_definition": (
        "Another index does the same.",
        "같은 정의의 인덱스가 있습니다.",
    ),
    "validation_invalid_unique_system_field_index": (
        "The unique index of {fieldName} must stay.",
        "{fieldName}의 고유 인덱스는 있어야 합니다.",
    ),
    "validation_missing_required_unique_index": (
        "Accounts need unique indexes of tokenKey and email.",
        "tokenKey와 email의 고유 인덱스가 필요합니다.",
    ),
    "validation_declared_index_missing": (
        "The server needs the index {indexName} as it is.",
        "서버에 필요한 인덱스입니다: {indexName}",
    ),
    "validation_missing_field": ("There is no field {fieldName}.", "{fieldName} 필드가 없습니다."),
    "validation_missing_unique_constraint": (
        "The field {fieldName} has no unique index.",
        "{fieldName} 필드에 고유 인덱스가 없습니다.",
    ),
    "validation_missing_provider": (
        "There is no provider {name}.",
        "제공자가 없습니다: {name}",
    ),
    "validation_duplicated_provider": (
        "The provider {name} is named twice.",
        "제공자가 중복되었습니다: {name}",
    ),
    "validation_mfa_not_enough_auths": (
        "A second step needs two ways to log in.",
        "두 가지 이상의 로그인 방법이 필요합니다.",
    ),
    "validation_collections_import_failure": (
        "Nothing was imported.",
        "아무것도 가져오지 않았습니다.",
    ),
}
