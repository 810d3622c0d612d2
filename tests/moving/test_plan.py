"""What is said before anything is imported: names that are taken, what is lost, what stays."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from holobase.engine.moving.plan import Choices
from holobase.runtime.moving import Outcome, Source, import_pocketbase
from holobase.runtime.settings import Settings
from tests.moving import everything
from tests.pb_data import USERS_ID, PbData, base, field, users
from tests.replay import assert_replays

Fill = Callable[[PbData], None]


def planned(tmp_path: Path, fill: Fill, choices: Choices, *, plain: bool = True) -> Outcome:
    """What would be done with a folder."""
    return imported(tmp_path, fill, choices, plain=plain, only_plan=True)


def imported(
    tmp_path: Path, fill: Fill, choices: Choices, *, plain: bool = True, only_plan: bool = False
) -> Outcome:
    """What is done with a folder."""
    with PbData(tmp_path / "pb_data") as made:
        fill(made)
    settings = Settings(data=tmp_path / "data", without_community=plain)
    source = Source(tmp_path / "pb_data", choices)
    outcome = import_pocketbase(settings, source, lambda *_: None, only_plan=only_plan)
    assert settings.data.exists() == outcome.is_done
    if outcome.is_done:
        assert_replays(settings)
    return outcome


def fans(made: PbData) -> None:
    made.collection(users(field("text", "nickname")))
    made.collection(base("posts", field("relation", "by", collectionId=USERS_ID, maxSelect=1)))
    made.account("users", everything.FAN_ID, everything.FAN, "$2a$04$" + "h" * 53, name="Fan")
    made.record("posts", id="post00000000001", by=everything.FAN_ID)


def test_a_name_that_is_taken_is_an_obstacle(tmp_path: Path) -> None:
    outcome = imported(tmp_path, fans, Choices(), plain=False)
    assert not outcome.is_done
    taken, relation = outcome.plan.obstacles
    assert "--rename users=NEW_NAME, --merge users or --skip users" in taken
    assert relation.startswith("posts: its field by relates to a collection that does not come")


def test_request_logs_are_told_and_may_stay_behind(tmp_path: Path) -> None:
    def fill(made: PbData) -> None:
        fans(made)
        made.logs(*((f"log{n}", 0, "GET /", "{}", "2024-01-01 00:00:00.000Z") for n in range(3)))

    assert planned(tmp_path, fill, Choices()).logs == 3
    settings = Settings(data=tmp_path / "data", without_community=True)
    source = Source(tmp_path / "pb_data", with_logs=False)
    assert import_pocketbase(settings, source, lambda *_: None, only_plan=True).logs == 0


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + bytes(4_096)])
def test_request_logs_that_cannot_be_read_hold_nobody_up(tmp_path: Path, content: bytes) -> None:
    def fill(made: PbData) -> None:
        fans(made)
        (made.folder / "auxiliary.db").write_bytes(content)

    outcome = imported(tmp_path, fill, Choices())
    assert (outcome.is_done, outcome.logs) == (True, 0)


def test_a_name_that_is_free_needs_no_choice(tmp_path: Path) -> None:
    outcome = planned(tmp_path, fans, Choices())
    assert outcome.plan.obstacles == []
    assert {way.after.name: way.records for way in outcome.plan.ways}["users"] == 1


@pytest.mark.parametrize(
    ("choices", "part"),
    [
        (Choices(skip=frozenset({"nothing"})), "no collection nothing"),
        (Choices(rename={"posts": "hb_posts"}), "posts: name cannot be kept"),
        (Choices(rename={"posts": "users"}), "posts: users is here already"),
        (Choices(merge=frozenset({"posts"})), "posts: there is nothing here to merge it with"),
        (Choices(skip=frozenset({"users"})), "posts: its field by relates to"),
    ],
)
def test_a_choice_that_cannot_be_is_an_obstacle(
    tmp_path: Path, choices: Choices, part: str
) -> None:
    rename = {**choices.rename}
    if "users" not in choices.skip:
        rename["users"] = "fans"
    chosen = Choices(choices.skip, choices.merge, rename)
    outcome = imported(tmp_path, fans, chosen, plain=False)
    assert not outcome.is_done
    assert any(part in obstacle for obstacle in outcome.plan.obstacles), outcome.plan.obstacles


def test_a_field_of_another_kind_cannot_be_joined(tmp_path: Path) -> None:
    def fill(made: PbData) -> None:
        made.collection(users(field("text", "status"), field("json", "roles")))

    outcome = planned(tmp_path, fill, Choices(merge=frozenset({"users"})), plain=False)
    [obstacle] = outcome.plan.obstacles
    assert "which has status, roles as something else" in obstacle


@pytest.mark.parametrize("name", ["rowid", "hb_title"])
def test_a_field_that_no_table_can_have_is_an_obstacle(tmp_path: Path, name: str) -> None:
    def fill(made: PbData) -> None:
        made.collection(base("posts", field("text", name)))

    [obstacle] = planned(tmp_path, fill, Choices()).plan.obstacles
    assert obstacle.startswith(f"posts: {name}.name cannot be kept")


def test_what_is_not_as_it_should_be_is_told_and_kept(tmp_path: Path) -> None:
    def fill(made: PbData) -> None:
        posts: dict[str, Any] = base("posts", field("text", "title"), listRule="gone = 1")
        made.collection(posts)

    outcome = imported(tmp_path, fill, Choices())
    assert outcome.is_done
    assert outcome.plan.notes == [
        "posts: listRule is kept as it is, but is not valid here (validation_invalid_rule)."
    ]


def test_losses_are_counted_by_field(tmp_path: Path) -> None:
    everything.make(tmp_path / "pb_data")
    source = Source(tmp_path / "pb_data")
    settings = Settings(data=tmp_path / "data", without_community=True)
    plan = import_pocketbase(settings, source, lambda *_: None, only_plan=True).plan
    assert plan.obstacles == []
    assert plan.told_losses() == [
        "odd_things.day: 1 are not dates: they become empty.",
        "odd_things.meta: 2 are JSON that others may read differently: they are spelled anew.",
        "odd_things.title: 1 are not UTF-8: what cannot be read is replaced.",
        "odd_things.title: 1 hold U+0000, which is left out.",
        "1 of 3 files that records name are not in the folder.",
    ]
    assert any(note.startswith("broken: the view stays behind") for note in plan.notes)
    assert "_otps: 1 left behind; they are good for minutes only." in plan.notes
    assert not settings.data.exists()
