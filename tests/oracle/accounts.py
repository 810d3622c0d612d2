"""Odd requests of the routes of accounts: what is sent, by whom, and how it is refused."""

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from tests.oracle import known
from tests.oracle.sides import Answer, Question

NAME: Final = "oracle_people"
PATH: Final = f"/api/collections/{NAME}"
PASSWORD: Final = "a password of people"
PERSON: Final = {
    "id": "oraclesperson00",
    "email": "ann@example.com",
    "username": "ann",
    "password": PASSWORD,
    "passwordConfirm": PASSWORD,
    "verified": True,
}
MADE: Final = (
    Question(
        "POST",
        "/api/collections",
        body={
            "id": "oraclepeople000",
            "name": NAME,
            "type": "auth",
            "fields": [
                {"name": "password", "type": "password", "cost": 4, "min": 8},
                {"name": "username", "type": "text"},
            ],
            "indexes": [f"CREATE UNIQUE INDEX idx_names ON {NAME} (username)"],
            "passwordAuth": {"enabled": True, "identityFields": ["email", "username"]},
            "otp": {"enabled": True},
            "oauth2": {
                "enabled": True,
                "providers": [{"name": "google", "clientId": "x", "clientSecret": "y"}],
            },
            "authAlert": {"enabled": False},
        },
    ),
    Question("POST", f"{PATH}/records", body=PERSON),
)
"""What leads to a collection with somebody in it."""

MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "auth-with-password": ("identity", "password", "identityField"),
    "auth-with-otp": ("otpId", "password"),
    "auth-with-oauth2": ("provider", "code", "codeVerifier", "createData"),
    "request-otp": ("email",),
    "request-password-reset": ("email",),
    "request-verification": ("email",),
    "request-email-change": ("newEmail",),
    "confirm-password-reset": ("token", "password", "passwordConfirm"),
    "confirm-verification": ("token",),
    "confirm-email-change": ("token", "password"),
    "auth-refresh": ("token",),
    f"impersonate/{PERSON['id']}": ("duration",),
}
"""What each route reads."""

GOOD: Final[Mapping[str, list[Any]]] = {
    "identity": ["ann", "ann@example.com", "ANN@example.com", " ann", "nobody"],
    "password": [PASSWORD, f"{PASSWORD} "],
    "passwordConfirm": [PASSWORD],
    "identityField": ["email", "username", "id", "Email"],
    "email": ["nobody@example.com", "nobody@example.com "],
    "newEmail": ["ann@example.com"],
    "duration": [0, 1, 60, -1, 1.0, 1.5],
}
"""What is right, or nearly. Nobody is sent a mail: PocketBase has no way to send one here."""

LENGTHS: Final = (1, 7, 8, 71, 72, 73, 100, 101, 255, 256)
TEXTS: Final = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
ODD: Final = st.one_of(
    st.sampled_from([None, "", True, False, 0, 5, [], ["a"], {}, {"a": 1}, "a@b", "a.b.c"]),
    st.builds(lambda letter, size: letter * size, st.sampled_from("xé"), st.sampled_from(LENGTHS)),
    TEXTS,
)
QUERIES: Final = (
    (),
    (),
    (),
    (("fields", "record.id,token"),),
    (("fields", "token:bad(1)"),),
    (("mfaId", "x"),),
)
SECRET: Final = frozenset({"token", "otpId"})
"""Members that no two programs give alike."""


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """One request."""
    route = draw(st.sampled_from(sorted(MEMBERS)))
    body = {}
    for name in MEMBERS[route]:
        if draw(st.integers(0, 4)):
            fitting = st.sampled_from(GOOD[name]) if name in GOOD else ODD
            body[name] = draw(st.one_of(fitting, ODD))
    query = draw(st.sampled_from(QUERIES))
    return Question("POST", f"{PATH}/{route}", draw(st.booleans()), query, body)


def same(theirs: Answer, ours: Answer) -> bool:
    """Whether both answers say the same, but for secrets."""
    return known.same(_blind(theirs), _blind(ours))


def _blind(answer: Answer) -> Answer:
    if not isinstance(answer.body, dict) or answer.status != 200:
        return answer
    return Answer(200, {name: name in SECRET or value for name, value in answer.body.items()})
