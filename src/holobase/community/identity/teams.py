"""The ten teams of the KBO league."""

import msgspec

from holobase.community.naming import fixed_id


class Team(msgspec.Struct, frozen=True):
    """A team as its fans know it."""

    code: str
    name: str
    name_en: str
    primary_color: str
    secondary_color: str
    mascot: str
    stadium: str
    city: str

    @property
    def id(self) -> str:
        """The same in every instance."""
        return fixed_id("team", self.code)


TEAMS = (
    Team("lg", "LG 트윈스", "LG Twins", "#C30452", "#000000", "럭키와 스타", "잠실야구장", "서울"),
    Team(
        "doosan",
        "두산 베어스",
        "Doosan Bears",
        "#131230",
        "#ED1C24",
        "철웅이",
        "잠실야구장",
        "서울",
    ),
    Team("kt", "KT 위즈", "KT Wiz", "#000000", "#EB1C24", "빅과 또리", "수원 KT위즈파크", "수원"),
    Team(
        "samsung",
        "삼성 라이온즈",
        "Samsung Lions",
        "#074CA1",
        "#C0C0C0",
        "블레오와 핑크레오",
        "대구 삼성라이온즈파크",
        "대구",
    ),
    Team(
        "lotte",
        "롯데 자이언츠",
        "Lotte Giants",
        "#041E42",
        "#D00F31",
        "누리와 아라",
        "사직야구장",
        "부산",
    ),
    Team(
        "kia",
        "KIA 타이거즈",
        "KIA Tigers",
        "#EA0029",
        "#06141F",
        "호걸이와 호연이",
        "광주-기아 챔피언스 필드",
        "광주",
    ),
    Team(
        "nc", "NC 다이노스", "NC Dinos", "#315288", "#AF917B", "단디와 쎄리", "창원NC파크", "창원"
    ),
    Team(
        "hanwha",
        "한화 이글스",
        "Hanwha Eagles",
        "#FC4E00",
        "#07111F",
        "위니와 비니, 수리",
        "대전 한화생명 볼파크",
        "대전",
    ),
    Team(
        "ssg",
        "SSG 랜더스",
        "SSG Landers",
        "#CE0E2D",
        "#FFB81C",
        "랜디",
        "인천 SSG 랜더스필드",
        "인천",
    ),
    Team(
        "kiwoom",
        "키움 히어로즈",
        "Kiwoom Heroes",
        "#570514",
        "#B07F4A",
        "턱돌이와 동글이",
        "고척스카이돔",
        "서울",
    ),
)
