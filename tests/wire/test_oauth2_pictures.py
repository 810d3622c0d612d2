"""The picture that comes with a new account: a courtesy, and no way into our own network."""

from base64 import b64decode
from typing import Any

import pytest

from tests.stub_provider import Reply, Stage
from tests.wire.strangers import Someone
from tests.wire.world import World

PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
FACE = {"name": "face", "type": "file", "maxSize": 2000, "mimeTypes": ["image/png"]}
MAPPED = {"mappedFields": {"avatarURL": "face"}}


def ann(world: World, stage: Stage, reply: Reply, host: str = "127.0.0.1") -> tuple[Someone, Any]:
    """Somebody with a picture at this host, and the provider that has it."""
    made = Someone(world, stage, fields=[FACE], oauth2=MAPPED)
    made.role.replies["/face.png"] = reply
    made.tells(picture=f"{made.role.url}/face.png".replace("127.0.0.1", host))
    return made, made.role


def test_a_new_account_has_the_picture_that_the_provider_tells_of(
    world: World, stage: Stage
) -> None:
    someone, _ = ann(world, stage, Reply(PNG, kind="text/plain"))
    record = someone.enters()["record"]
    assert record["face"].startswith("face_")
    assert record["face"].endswith(".png")
    path = f"/api/files/{someone.club.name}/{record['id']}/{record['face']}"
    answer = world.ask("guest", "GET", path)
    assert answer.content == PNG
    assert answer.headers["content-type"] == "image/png"


def test_an_account_that_is_there_keeps_its_picture(world: World, stage: Stage) -> None:
    someone, role = ann(world, stage, Reply(PNG))
    first = someone.enters()["record"]["face"]
    assert someone.enters()["record"]["face"] == first
    assert len(role.to("/face.png")) == 1


UNFIT = {
    "not there": Reply(b"", 404),
    "an error that looks like one": Reply(PNG, 500),
    "empty": Reply(b""),
    "something else": Reply(b"<html>no picture</html>"),
    "too large": Reply(PNG + b"x" * 2000),
    "moved into our own network": Reply(b"", 302, headers={"location": "http://127.0.0.2/"}),
}


@pytest.mark.parametrize("says", UNFIT)
def test_a_picture_that_cannot_be_had_turns_nobody_away(
    world: World, stage: Stage, says: str
) -> None:
    someone, role = ann(world, stage, UNFIT[says])
    told = someone.enters()
    assert told["record"]["face"] == ""
    assert told["meta"]["isNew"] is True
    assert role.to("/face.png")
    assert len(someone.accounts()) == 1


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_a_picture_in_our_own_network_is_not_asked_for(
    world: World, stage: Stage, host: str
) -> None:
    someone, role = ann(world, stage, Reply(PNG), host)
    assert someone.enters()["record"]["face"] == ""
    assert role.to("/face.png") == []


def test_what_is_sent_for_the_picture_wins(world: World, stage: Stage) -> None:
    someone, role = ann(world, stage, Reply(PNG))
    assert someone.enters(createData={"face": ""})["record"]["face"] == ""
    assert role.to("/face.png") == []


def test_a_refused_account_leaves_no_file(world: World, stage: Stage) -> None:
    someone, _ = ann(world, stage, Reply(PNG))
    someone.club.change(
        createRule="@request.body.note = 'x'", fields=[FACE, {"name": "note", "type": "text"}]
    )
    assert someone.comes().status_code == 400
    assert someone.accounts() == []
