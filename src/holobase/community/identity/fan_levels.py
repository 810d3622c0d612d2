"""Fan points: what earns how many, and the five levels they lead through."""

from collections.abc import Mapping

import msgspec

from holobase.community.naming import fixed_id
from holobase.domain.derived import Values


class FanLevel(msgspec.Struct, frozen=True):
    """A level, the points it takes, and by how many per cent new points are then multiplied."""

    level: int
    name: str
    required_points: int
    factor_percent: int
    perks: tuple[str, ...]

    @property
    def id(self) -> str:
        """The same in every instance."""
        return fixed_id("fanlevel", str(self.level))


LEVELS = (
    FanLevel(1, "야구 입문자", 0, 100, ("카드 만들기", "컬렉션 만들기")),
    FanLevel(2, "외야석 팬", 100, 110, ("포인트 1.1배", "프로필 배지")),
    FanLevel(3, "응원단 멤버", 500, 125, ("포인트 1.25배", "팀 테마 색상")),
    FanLevel(4, "시즌권 홀더", 2_000, 150, ("포인트 1.5배", "시즌 한정 홀로그램")),
    FanLevel(5, "구단 레전드", 10_000, 200, ("포인트 2배", "레전드 프레임")),
)

POINTS: Mapping[str, int] = {
    "card_created": 10,
    "rare_card_created": 15,
    "epic_card_created": 25,
    "legendary_card_created": 50,
    "card_featured": 100,
    "template_uploaded": 20,
    "template_downloaded": 1,
    "template_featured": 100,
    "collection_completed": 50,
    "like_received": 2,
    "comment_written": 5,
    "comment_received": 3,
    "follow_given": 3,
    "follow_received": 5,
    "report_upheld": 10,
}
"""What is rewarded, and with how many points before the level's factor."""


def level_at(points: int) -> FanLevel:
    """The highest level that this many points reach."""
    return max(
        (level for level in LEVELS if level.required_points <= points),
        key=lambda level: level.level,
        default=LEVELS[0],
    )


def level_number(profile: Values) -> int:
    """The level of a profile, by its points."""
    return level_at(int(profile["fan_points"])).level


def amount(kind: str, points_so_far: int) -> int:
    """The points granted for a kind of cause to somebody who has so many, rounded down."""
    return POINTS[kind] * level_at(points_so_far).factor_percent // 100
