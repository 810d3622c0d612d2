"""The error codes that clients of the reference may meet, by where it names them."""

from collections.abc import Mapping
from typing import Final

CODES: Final[Mapping[str, str]] = {
    "2.1 options of auth collections": """
        validation_nil_or_not_empty_required validation_missing_field
        validation_missing_unique_constraint validation_missing_provider
        validation_duplicated_provider validation_mfa_not_enough_auths""",
    "2.3 field definitions": """
        validation_length_out_of_range validation_invalid_regex validation_in_invalid
        validation_empty validation_unsupported_composite_pk
        validation_invalid_autogenerate_pattern validation_invalid_autogenerate_pattern_value
        validation_min_number_constraint validation_only_int_constraint validation_is_domain
        validation_required validation_values_mismatch validation_match_invalid
        validation_not_in_invalid validation_field_relation_missing_collection
        validation_field_relation_change validation_relation_field_non_view_base_collection
        validation_found_via""",
    "2.4 ids": "validation_invalid_or_existing_id",
    "2.5 endpoints": """
        validation_system_field_change validation_collections_import_failure
        validation_required""",
    "2.6 collections": """
        validation_required validation_length_out_of_range validation_match_invalid
        validation_found_via validation_collection_name_exists
        validation_collection_name_id_duplicate validation_collection_name_invalid
        validation_collection_system_name_change validation_collection_system_flag_change
        validation_in_invalid validation_collection_type_change validation_missing_primary_key
        validation_missing_password_field validation_missing_tokenKey_field
        validation_missing_email_field validation_missing_emailVisibility_field
        validation_missing_verified_field validation_must_be_system
        validation_must_be_system_and_hidden validation_system_field_change
        validation_field_type_change validation_duplicated_field_id
        validation_duplicated_field_name validation_reserved_field_name validation_invalid_rule
        validation_collection_system_rule_change validation_nil
        validation_indexes_not_supported validation_invalid_index_expression
        validation_duplicated_index_name validation_existing_index_name
        validation_duplicated_index_definition validation_invalid_unique_system_field_index
        validation_missing_required_unique_index validation_invalid_view_query""",
    "3.2 values": """
        validation_required validation_min_text_constraint validation_max_text_constraint
        validation_invalid_format validation_pk_change validation_pk_invalid
        validation_forbidden_pk_character validation_reserved_pk validation_not_a_number
        validation_only_int_constraint validation_min_number_constraint
        validation_max_number_constraint validation_is_email
        validation_email_domain_not_allowed validation_invalid_url
        validation_url_domain_not_allowed validation_content_size_limit
        validation_min_greater_equal_than_required validation_max_less_equal_than_required
        validation_too_many_values validation_invalid_value validation_not_enough_values
        validation_missing_rel_collection validation_missing_rel_records
        validation_invalid_file validation_too_many_files validation_length_out_of_range
        validation_match_invalid validation_file_size_limit validation_invalid_mime_type
        validation_json_size_limit validation_invalid_json validation_invalid_latitude
        validation_invalid_longitude validation_not_unique validation_invalid_auth_id
        validation_unsupported_value_type validation_values_mismatch
        validation_invalid_old_password validation_invalid_collection_id
        validation_invalid_collection_type validation_invalid_collection
        validation_invalid_record validation_empty validation_nil validation_in_invalid
        validation_not_in_invalid validation_match_invalid validation_length_too_long
        validation_length_out_of_range validation_is_domain validation_is_url
        validation_is_host validation_date_out_of_range validation_nil_or_not_empty_required""",
    "4.4 auth collections": """
        validation_required validation_values_mismatch validation_invalid_old_password""",
    "5.5 backups": """
        validation_match_invalid validation_length_out_of_range validation_backup_name_exists
        validation_required validation_invalid_mime_type""",
    "7 batches": """
        validation_required validation_length_too_long validation_in_invalid
        batch_request_failed""",
}

WAITING: Final[Mapping[str, str]] = {}
"""Codes of what is not built yet."""

_ADDED = "what is missing is added before anybody looks"

UNREACHABLE: Final[Mapping[str, str]] = {
    "validation_missing_password_field": _ADDED,
    "validation_missing_tokenKey_field": _ADDED,
    "validation_missing_email_field": _ADDED,
    "validation_missing_emailVisibility_field": _ADDED,
    "validation_missing_verified_field": _ADDED,
    "validation_must_be_system": _ADDED,
    "validation_must_be_system_and_hidden": _ADDED,
    "validation_missing_required_unique_index": _ADDED,
    "validation_duplicated_field_id": "a field takes the place of an earlier one of its id",
    "validation_missing_rel_collection": "a collection that is related to cannot be dropped",
    "validation_unsupported_value_type": "values are normalised before they are checked",
    "validation_invalid_collection": "the id of the collection is checked first",
    "validation_date_out_of_range": "no option of a collection is a date in a range",
}
"""Codes that the reference names and no request leads to."""
