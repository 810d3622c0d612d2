"""The categories that templates are found by."""

import msgspec

from holobase.community.naming import fixed_id


class Category(msgspec.Struct, frozen=True):
    """A category as it is listed; `slug` names it in addresses."""

    slug: str
    name: str
    name_en: str
    description: str

    @property
    def id(self) -> str:
        """The same in every instance."""
        return fixed_id("cat", self.slug)


CATEGORIES = (
    Category("player", "선수 카드", "Player cards", "포지션과 등번호가 돋보이는 선수 카드"),
    Category("highlight", "명장면", "Highlights", "경기의 결정적 순간을 담는 카드"),
    Category("team", "구단", "Teams", "구단 색상과 마스코트를 살린 카드"),
    Category("stadium", "야구장", "Stadiums", "직관의 기억을 남기는 구장 카드"),
    Category("vintage", "빈티지", "Vintage", "오래된 카드의 질감을 살린 디자인"),
    Category("neon", "네온", "Neon", "야간 경기의 빛을 닮은 홀로그램"),
    Category("minimal", "미니멀", "Minimal", "여백과 글자만으로 완성하는 카드"),
    Category("event", "이벤트", "Events", "개막전, 올스타전, 한국시리즈 기념 카드"),
)
