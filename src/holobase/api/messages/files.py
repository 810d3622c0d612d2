"""What is said of files."""

from typing import Final

from holobase.api.messages.message import Messages

REASONS: Final[Messages] = {
    "storage_unreachable": (
        "The storage cannot be used like this.",
        "이 설정으로는 저장소를 사용할 수 없습니다.",
    ),
    "storage_disabled": ("This storage is not enabled.", "이 저장소는 사용하지 않습니다."),
}

CODES: Final[Messages] = {
    "validation_invalid_file": ("This file does not exist.", "존재하지 않는 파일입니다."),
    "validation_too_many_files": (
        "At most {maxSelect} files are allowed.",
        "파일은 최대 {maxSelect}개입니다.",
    ),
    "validation_file_size_limit": (
        "{file} is too large: at most {maxSize} bytes are allowed.",
        "{file} 파일이 너무 큽니다. 최대 {maxSize}바이트까지 허용됩니다.",
    ),
    "validation_invalid_mime_type": (
        "Files of this type are not allowed here.",
        "허용되지 않는 파일 형식입니다.",
    ),
}
