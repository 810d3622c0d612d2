"""Backups: equal to the last cell of their moment on either store, and whole or absent whatever was
killed."""

import asyncio
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from holobase.domain.errors import BadRequest, DamagedData
from holobase.domain.event import Event
from holobase.engine.files import marks
from holobase.ports.store import DumpRow
from holobase.runtime import backing, commands
from holobase.runtime.settings import Settings
from holobase.runtime.wiring import open_instance, open_snapshot
from tests.conftest import STORES, store_of
from tests.moving import everything
from tests.moving.test_move import contents, imported
from tests.replay import assert_replays
from tests.server import run

FACT = "_backups/instance/facts"
EVERY_DAY = 3
"""What `--kills` is when nobody says."""

PASSWORD = "a long enough password"

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["holobase.runtime.backing", "tests.moving.test_backups"])


def quietly(_label: str, _done: int, _total: int) -> None:
    """Nobody looks."""


def create(settings: Settings, name: str) -> None:
    """Makes a backup, in a process of its own where it is to be killed."""
    backing.create_now(settings, name, quietly)


def restore(settings: Settings, source: str | Path) -> None:
    """Likewise restores one."""
    asyncio.run(backing.restore_now(settings, source, quietly))


def backed(settings: Settings) -> Settings:
    """What the backup `a.zip` of an instance holds, restored beside it."""
    other = with_key_of(settings, settings.data.with_name("restored"))
    restore(other, settings.data / "backups" / "a.zip")
    return other


def without_fact(
    held: tuple[list[DumpRow], list[Event]],
) -> tuple[list[DumpRow], list[Event]]:
    """What a store holds, but for the fact that it was restored."""
    rows, events = held
    return [r for r in rows if r[1] != FACT], [e for e in events if e.stream != FACT]


def files(settings: Settings) -> dict[str, bytes]:
    """Every file of an instance with what is known of it, but for what is made from others."""
    storage = settings.data / "storage"
    found = [p for p in storage.rglob("*") if p.is_file() and "thumbs_" not in p.as_posix()]
    return {p.relative_to(storage).as_posix(): p.read_bytes() for p in sorted(found)}


def blobs(settings: Settings) -> dict[str, bytes]:
    """Likewise without what is known of them."""
    return {name: data for name, data in files(settings).items() if not name.endswith(".attrs")}


def marked(settings: Settings) -> set[str]:
    """The files that are deleted when their time comes."""

    async def look() -> set[str]:
        async with open_snapshot(settings) as snapshot:
            found = await snapshot.log.checkpoints(marks.PREFIX)
        return {name.removeprefix(marks.PREFIX) for name in found}

    return asyncio.run(look())


def settings_of(data: Path, store: str | None) -> Settings:
    given = {"data": data, "store": store, "without_community": True}
    return Settings.of(given)


def with_key_of(source: Settings, data: Path, store: str | None = None) -> Settings:
    """An instance that holds nothing yet but the key of another one."""
    data.mkdir()
    (data / "instance.key").write_bytes((source.data / "instance.key").read_bytes())
    return settings_of(data, store)


@pytest.fixture
def kept(tmp_path: Path) -> Settings:
    """An instance that holds something of everything, in a file."""
    everything.make(tmp_path / "pb_data")
    return imported(tmp_path, tmp_path / "pb_data")


def test_from_one_store_to_the_other_and_back(
    kept: Settings, tmp_path: Path, postgres_url: str
) -> None:
    before = contents(kept)
    create(kept, "a.zip")
    other = with_key_of(kept, tmp_path / "other", postgres_url)
    restore(other, kept.data / "backups" / "a.zip")
    assert without_fact(contents(other)) == before
    assert_replays(other)
    create(other, "b.zip")
    back = with_key_of(kept, tmp_path / "back")
    restore(back, other.data / "backups" / "b.zip")
    assert without_fact(contents(back)) == before
    assert_replays(back)
    assert files(back) == files(other)
    brought = blobs(back)
    assert brought
    assert brought.items() <= blobs(kept).items()
    assert contents(kept) == before
    told = [event for event in contents(back)[1] if event.stream == FACT]
    assert [(e.type, e.actor, e.version) for e in told] == [
        ("_backups.restored", "service/restore", 1),
        ("_backups.restored", "service/restore", 2),
    ]


def test_what_came_later_is_gone_and_what_was_lost_is_back(kept: Settings) -> None:
    before, stored = contents(kept), blobs(kept)
    create(kept, "a.zip")
    commands.create_superuser(kept, "late@example.com", PASSWORD)
    named = blobs(backed(kept))
    lost, *_, damaged = sorted(named)
    (kept.data / "storage" / lost).unlink()
    (kept.data / "storage" / damaged).write_bytes(named[damaged][:-1] + b"?")
    restore(kept, "a.zip")
    assert without_fact(contents(kept)) == before
    assert blobs(kept) == stored
    leftovers = {path.name for path in kept.data.iterdir()} & {"restore.partial", "restore.ready"}
    assert not leftovers


def test_a_restore_that_fails_changes_nothing(kept: Settings) -> None:
    create(kept, "a.zip")
    named = sorted(blobs(backed(kept)))
    (kept.data / "storage" / named[0]).unlink()  # a record names it: it is mended for good
    before = contents(kept)

    def fail(label: str, _done: int, _total: int) -> None:
        if label == "files":
            raise RuntimeError("the lights went out")

    with pytest.raises(RuntimeError, match="lights"):
        asyncio.run(backing.restore_now(kept, "a.zip", fail))
    assert contents(kept) == before
    assert (kept.data / "storage" / named[0]).exists()
    assert marked(kept) == set()
    assert "restore.partial" not in {path.name for path in kept.data.iterdir()}


def test_without_the_key_nothing_is_restored(kept: Settings, tmp_path: Path) -> None:
    create(kept, "a.zip")
    archive = kept.data / "backups" / "a.zip"
    (tmp_path / "none").mkdir()
    with pytest.raises(DamagedData, match="is missing"):
        restore(settings_of(tmp_path / "none", None), archive)
    other = with_key_of(kept, tmp_path / "other")
    (other.data / "instance.key").write_text("ab" * 32)
    with pytest.raises(BadRequest, match="backup_other_key"):
        restore(other, archive)
    assert not (other.data / "holobase.db").exists()


def test_a_server_refuses_what_it_could_not_serve(tmp_path: Path) -> None:
    with_community = Settings(data=tmp_path / "data")
    commands.create_superuser(with_community, "root@example.com", PASSWORD)
    asyncio.run(_laid_out(with_community))
    create(with_community, "a.zip")
    plain = settings_of(with_community.data, None)
    with pytest.raises(BadRequest, match="backup_unfit"):
        asyncio.run(backing.restore(plain, "a.zip", "guest", quietly, is_served=True))


async def _laid_out(settings: Settings) -> None:
    """Has the community laid out, as its server does at its start."""
    async with open_instance(settings):
        return


def filled(tmp_path: Path, store: str | None) -> Settings:
    """An instance with accounts enough for a kill to find it at work, and a backup of it."""
    settings = settings_of(tmp_path / "data", store)
    commands.create_superuser(settings, "root@example.com", PASSWORD)
    return settings


@pytest.fixture(params=STORES)
def instance(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """An instance of each kind."""
    with store_of(request.param) as store:
        yield filled(tmp_path, store)


def kills(config: pytest.Config) -> int:
    """How many: one every day, because each begins with a whole one; more where more are wanted."""
    wanted = int(config.getoption("--kills"))
    return wanted if wanted > EVERY_DAY else 1


def killed(work: str, settings: Settings, name: str, after_seconds: float) -> None:
    """Begins a backup or a restore, and kills it."""
    process = _processes.Process(target=globals()[work], args=(settings, name))
    process.start()
    process.join(after_seconds)
    if process.pid is not None and process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join()


def is_whole(settings: Settings, name: str) -> bool:
    """Whether there is a backup, which then must be whole."""
    names = [blob.key for blob in asyncio.run(backing.listed(settings))]
    if name not in names:
        return False
    asyncio.run(backing.verify(settings, name, quietly))
    return True


@pytest.mark.timeout(900)
def test_a_killed_backup_is_whole_or_absent(
    instance: Settings, pytestconfig: pytest.Config
) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    began = time.monotonic()
    killed("create", instance, "measured.zip", 60)
    whole_seconds = time.monotonic() - began
    assert is_whole(instance, "measured.zip")
    for number in range(kills(pytestconfig)):
        name = f"killed{number}.zip"
        killed("create", instance, name, chance.uniform(0, whole_seconds))
        if not is_whole(instance, name):
            create(instance, name)
        assert is_whole(instance, name), f"seed {seed}"


@pytest.mark.timeout(1_800)
def test_a_killed_restore_is_whole_or_absent(
    instance: Settings, pytestconfig: pytest.Config
) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    create(instance, "a.zip")
    restored = contents(instance)
    began = time.monotonic()
    killed("restore", instance, "a.zip", 60)
    whole_seconds = time.monotonic() - began
    assert without_fact(contents(instance)) == restored
    for number in range(kills(pytestconfig)):
        commands.create_superuser(instance, f"late{number}@example.com", PASSWORD)
        late = contents(instance)
        killed("restore", instance, "a.zip", chance.uniform(0, whole_seconds))
        # Whoever opens it next finishes what was beyond the one step.
        assert commands.list_superusers(instance)
        found = contents(instance)
        assert found == late or without_fact(found) == restored, f"seed {seed}"
        restore(instance, "a.zip")
        assert without_fact(contents(instance)) == restored, f"seed {seed}"
    assert_replays(instance)


def test_the_commands(tmp_path: Path) -> None:
    instance = filled(tmp_path, None)
    data = ["--data", str(instance.data)]
    made = run("backup", "create", "by-hand.zip", *data)
    assert made.stdout.startswith("Made by-hand.zip: "), made.stderr
    named = run("backup", "create", "By hand", *data)
    assert (named.returncode, "name is not valid" in named.stderr) == (1, True)
    assert "by-hand.zip" in run("backup", "list", *data).stdout
    cut = tmp_path / "cut.zip"
    cut.write_bytes((instance.data / "backups" / "by-hand.zip").read_bytes()[:-30])
    foreign = run("backup", "verify", str(cut), *data)
    assert (foreign.returncode, "not a backup" in foreign.stderr) == (1, True)
    restored = run("backup", "restore", "by-hand.zip", *data)
    assert restored.stdout.startswith("Restored: "), restored.stderr
    assert run("backup", "delete", "by-hand.zip", *data).returncode == 0
    with pytest.raises(BadRequest, match="backup_missing"):
        asyncio.run(backing.delete(instance, "by-hand.zip"))
