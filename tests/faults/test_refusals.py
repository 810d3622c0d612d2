"""What is not ours, damaged, newer or locked away is refused with a sentence, and left alone."""

import asyncio
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from holobase.adapters.sqlite.file import FILE_NAME
from holobase.cli.failures import explain
from holobase.runtime import commands
from holobase.runtime.keys import KEY_FILE_NAME
from holobase.runtime.settings import Settings
from tests import server
from tests.faults.disk import NAME, Disk
from tests.faults.load import assert_whole, is_answer_to_a_fault, write_until
from tests.replay import replay


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("started") / "data"
    commands.create_superuser(Settings(data=data), "root@holobase.example", "1234567890")
    return data


@pytest.fixture
def data(started: Path, tmp_path: Path) -> Path:
    shutil.copytree(started, tmp_path / "data")
    return tmp_path / "data"


def refusal(work: Callable[[], object]) -> str:
    """The sentence somebody gets."""
    with pytest.raises(Exception) as raised:
        work()
    sentence = explain(raised.value)
    assert sentence is not None, raised.value
    return sentence


def opening(data: Path) -> str:
    """The sentence at the start of the server, which must not change the file."""
    before = (data / FILE_NAME).read_bytes()
    sentence = refusal(lambda: commands.list_superusers(Settings(data=data)))
    assert (data / FILE_NAME).read_bytes() == before
    return sentence


def test_a_file_that_is_no_database(data: Path) -> None:
    (data / FILE_NAME).write_bytes(b"no database at all" * 1_000)
    assert "is not a database, or its beginning is damaged" in opening(data)


def test_a_garbled_header(data: Path) -> None:
    content = bytearray((data / FILE_NAME).read_bytes())
    content[0:16] = os.urandom(16)
    (data / FILE_NAME).write_bytes(content)
    assert "is not a database, or its beginning is damaged" in opening(data)


def test_a_file_whose_end_is_missing(data: Path) -> None:
    content = (data / FILE_NAME).read_bytes()
    (data / FILE_NAME).write_bytes(content[: len(content) // 2])
    assert "is damaged" in opening(data)
    assert "is damaged" in refusal(lambda: replay(Settings(data=data)))


def test_a_database_of_another_program(data: Path) -> None:
    (data / FILE_NAME).unlink()
    connection = sqlite3.connect(data / FILE_NAME)
    connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    assert "belongs to another program" in opening(data)
    assert "belongs to another program" in refusal(lambda: replay(Settings(data=data)))


def test_a_database_of_a_newer_program(data: Path) -> None:
    connection = apsw.Connection(str(data / FILE_NAME))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "newer Holobase (format 99" in opening(data)
    assert "newer Holobase (format 99" in refusal(lambda: replay(Settings(data=data)))


def test_a_key_that_is_gone(data: Path) -> None:
    (data / KEY_FILE_NAME).unlink()
    assert "is missing. Put the key of this data back" in opening(data)
    assert not (data / KEY_FILE_NAME).exists()


def test_a_key_of_other_data(data: Path) -> None:
    (data / KEY_FILE_NAME).write_text("11" * 32)
    assert "The instance key does not fit the data" in opening(data)
    assert "The instance key does not fit the data" in refusal(lambda: replay(Settings(data=data)))


def test_the_server_says_it_and_ends(data: Path) -> None:
    (data / KEY_FILE_NAME).write_text("11" * 32)
    ended = server.run("serve", "--data", str(data), "--http", "127.0.0.1:0")
    assert ended.returncode == 1
    assert "The instance key does not fit the data" in ended.stderr
    assert "Traceback" not in ended.stderr


def is_found(data: Path) -> bool:
    """Whether a replay finds that something is wrong, and says so in a sentence."""
    try:
        return bool(replay(Settings(data=data)).differences)
    except Exception as error:
        assert explain(error) is not None, error
        return True


def test_a_flipped_bit_in_any_event_is_found(data: Path) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    content = (data / FILE_NAME).read_bytes()
    connection = apsw.Connection(str(data / FILE_NAME))
    stored = [bytes(each) for (each,) in connection.execute("SELECT data FROM hb_events")]
    connection.close()
    whole = [each for each in stored if content.count(each) == 1 and len(each) > 40]
    for _ in range(10):
        told = chance.choice(whole)
        touched = bytearray(content)
        touched[content.index(told) + chance.randrange(len(told))] ^= 1 << chance.randrange(8)
        (data / FILE_NAME).write_bytes(touched)
        assert is_found(data), seed


@pytest.mark.parametrize("table", ["hb_events", "hb_streams", "hb_collections", "_superusers"])
def test_a_ruined_page_of_any_table_is_found(data: Path, table: str) -> None:
    connection = apsw.Connection(str(data / FILE_NAME))
    root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).get
    size = connection.pragma("page_size")
    connection.close()
    with (data / FILE_NAME).open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xa5" * 64)
    assert is_found(data)


@pytest.mark.parametrize("round_", range(8))
def test_a_full_disk_is_told_to_whoever_waits(tmp_path: Path, round_: int) -> None:
    answered: set[str] = set()
    asyncio.run(write_until(tmp_path, answered.add, rounds=2))
    disk = Disk(full_at=random.Random(round_).randrange(1, 300))
    with disk.registered():
        with pytest.raises(Exception) as raised:
            asyncio.run(write_until(tmp_path, answered.add, rounds=1_000, vfs=NAME))
        assert is_answer_to_a_fault(raised.value), raised.value
        for contents in disk.files.values():
            contents.sync()
    assert_whole(tmp_path, answered)


@pytest.mark.skipif(os.getuid() != 0, reason="must be able to become somebody else")
def test_a_folder_that_may_not_be_written_to(data: Path) -> None:
    assert "Not allowed to use" in as_somebody_else(
        data, lambda: refusal(lambda: commands.list_superusers(Settings(data=data)))
    )


def as_somebody_else(data: Path, work: Callable[[], str]) -> str:
    """Does the work as a user who may read the folder and no more."""
    for path in [data, *data.iterdir()]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    for parent in list(data.parents)[:-2]:
        parent.chmod(parent.stat().st_mode | 0o055)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setuid(65534)
            os.write(writing, work().encode())
        except BaseException as error:
            os.write(writing, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as told:
        return told.read()
