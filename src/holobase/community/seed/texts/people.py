"""Names, handles and introductions of the people of the demo data."""

FAMILY_NAMES = ("김", "이", "박", "최", "정", "강", "조", "윤", "장", "임", "한", "오", "서", "신")
GIVEN_NAMES = (
    "하람",
    "도윤",
    "서아",
    "지안",
    "예준",
    "나래",
    "시우",
    "다온",
    "은찬",
    "가온",
    "유나",
    "민결",
    "소율",
    "태오",
    "라온",
    "해솔",
)
HANDLES = (
    "dugout",
    "bleacher",
    "homerun",
    "curveball",
    "nightgame",
    "bullpen",
    "sunday",
    "foulball",
    "hologram",
    "extra",
    "walkoff",
    "scorecard",
    "outfield",
    "knuckle",
    "shortstop",
    "seventh",
)
BIOS = (
    "주말마다 야구장에 갑니다. 카드는 평일 밤에 만들어요.",
    "홀로그램 각도에 진심인 편.",
    "어린이 회원 출신, 이제는 아이와 함께 응원합니다.",
    "직관 승률 4할. 그래도 간다.",
    "디자인은 취미, 응원은 생활.",
    "빈티지 야구 카드 수집 12년 차.",
    "응원가 가사는 전부 외웁니다.",
    "끝내기 안타 장면만 모으는 중입니다.",
    "야간 경기의 조명을 카드에 담고 싶어요.",
    "올해는 꼭 가을야구!",
)
CREATOR_BIOS = (
    "네온과 유리 질감을 주로 씁니다. 리믹스 환영해요.",
    "템플릿 요청은 댓글로 남겨 주세요.",
    "한 장의 카드에 한 경기의 이야기를 담습니다.",
    "출처만 밝혀 주시면 자유롭게 쓰셔도 됩니다.",
)
