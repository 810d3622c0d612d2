"""What is said of backups."""

from typing import Final

from holobase.api.messages.message import Messages

_FOREIGN: Final = (
    "This is not a backup of Holobase.",
    "Holobase의 백업 파일이 아닙니다.",
)
_NEWER: Final = (
    "This backup was made by a newer Holobase. Install the newer version first.",
    "더 새로운 버전의 Holobase에서 만든 백업입니다. 먼저 업데이트해 주세요.",
)
_OTHER_KEY: Final = (
    "This backup belongs to another instance key. Put back the key that it was made with.",
    "다른 인스턴스 키로 만든 백업입니다. 백업을 만들 때의 키가 필요합니다.",
)
_DAMAGED: Final = (
    "This backup is damaged: it is not as it was made.",
    "백업 파일이 손상되었거나 변경되었습니다.",
)
_UNSAFE: Final = (
    "This archive holds what no backup holds, and was not opened.",
    "백업에 있을 수 없는 내용이 들어 있어 열지 않았습니다.",
)

REASONS: Final[Messages] = {
    "backup_busy": (
        "Another backup or restore is under way.",
        "다른 백업 또는 복원이 진행 중입니다.",
    ),
    "backup_exists": (
        "There is a backup of this name already.",
        "같은 이름의 백업이 이미 있습니다.",
    ),
    "backup_missing": ("There is no such backup.", "해당 백업이 없습니다."),
    "backup_in_use": ("This backup is being restored.", "복원 중인 백업입니다."),
    "backup_served": (
        "A server or another program uses this instance. Stop it first, or have the server restore "
        "the backup.",
        "서버나 다른 프로그램이 이 인스턴스를 사용하고 있습니다. 먼저 중지하거나 서버에서 복원해 "
        "주세요.",
    ),
    "backup_foreign": _FOREIGN,
    "backup_newer": _NEWER,
    "backup_other_key": _OTHER_KEY,
    "backup_damaged": _DAMAGED,
    "backup_unsafe": _UNSAFE,
    "backup_no_room": (
        "There is not enough room on the disk to restore this backup.",
        "백업을 복원할 디스크 공간이 부족합니다.",
    ),
    "backup_unfit": (
        "This server, as it was started, cannot serve what is in this backup: it is with the card "
        "community where the other is without.",
        "현재 실행 방식의 서버에서는 이 백업을 사용할 수 없습니다. 한쪽에만 카드 커뮤니티가 "
        "있습니다.",
    ),
}

CODES: Final[Messages] = {
    "validation_backup_name_exists": REASONS["backup_exists"],
    "validation_backup_foreign": _FOREIGN,
    "validation_backup_newer": _NEWER,
    "validation_backup_other_key": _OTHER_KEY,
    "validation_backup_damaged": _DAMAGED,
    "validation_backup_unsafe": _UNSAFE,
}
