"""What is said of files."""

from typing import Final

from holobase.api.messages.message import Messages

REASONS: Final[Messages] = {
    "storage_unreachable": (
        "The storage cannot be used like this.",
        "이 설정으로는 저장소를 사용할 수 없습니다.",
    ),
    "uploads_full": (
        "You have too much on its way. Use or delete some of it first.",
        "업로드 중인 파일이 너무 많습니다. 먼저 사용하거나 삭제해 주세요.",
    ),
    "upload_moved_on": (
        "The upload does not stand there any more. Ask how far it is.",
        "업로드 위치가 바뀌었습니다. 현재 위치를 다시 확인해 주세요.",
    ),
    "upload_damaged": (
        "What came in is not what was sent. Send it again.",
        "전송 중에 내용이 손상되었습니다. 다시 보내 주세요.",
    ),
    "upload_in_too_many_parts": (
        "The upload came in too many pieces. Send larger ones.",
        "조각이 너무 많습니다. 더 큰 조각으로 나누어 보내 주세요.",
    ),
    "upload_version": (
        "Uploads speak TUS 1.0.0 here.",
        "이 업로드는 TUS 1.0.0을 사용합니다.",
    ),
    "bad_upload": (
        "The headers of the upload cannot be read.",
        "업로드 헤더를 읽을 수 없습니다.",
    ),
    "storage_not_direct": (
        "Files cannot be sent to the storage directly here. Send them to the server.",
        "이 서버에서는 저장소로 직접 업로드할 수 없습니다. 서버로 보내 주세요.",
    ),
    "direct_failed": (
        "The upload was not announced.",
        "업로드를 준비하지 못했습니다.",
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
