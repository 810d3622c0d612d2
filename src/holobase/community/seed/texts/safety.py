"""Reasons and decisions of the demo data."""

DETAILS = {
    "spam": "같은 광고 댓글을 여러 카드에 남기고 있어요.",
    "abuse": "선수에 대한 인신공격이 있습니다.",
    "copyright": "다른 분이 찍은 사진 같습니다.",
}
DECISIONS = (
    "커뮤니티 규칙을 안내했습니다.",
    "표현을 순화해 달라고 요청했습니다.",
)
