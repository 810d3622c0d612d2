"""Folders that are not imported: each is told what it is, and nothing is touched."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from holobase.domain.errors import DamagedData
from holobase.runtime.moving import Source, import_pocketbase
from holobase.runtime.settings import Settings
from tests.moving.test_import import digests
from tests.pb_data import SETTINGS, PbData, base, field

KEY = "0123456789abcdef0123456789abcdef"
ENCRYPTED = "AAECAwQFBgcICQoLVsfWGa158JbT/hDOAYGwaYMqOaVEngn2K/nrsGQA6sUl28z540gV4w=="
"""The vector of the reference: nonce bytes 00 to 0b, `{"meta":{"appName":"x"}}`."""


def ordinary(folder: Path) -> PbData:
    made = PbData(folder)
    made.collection(base("posts", field("text", "title")))
    for number in range(200):
        made.record("posts", id=f"post{number:011d}", title=f"Title {number}" * 20)
    made.settings(SETTINGS)
    return made


def no_folder(folder: Path) -> None:
    """Nothing is there."""


def an_empty_folder(folder: Path) -> None:
    folder.mkdir()


def another_database(folder: Path) -> None:
    folder.mkdir()
    connection = apsw.Connection(str(folder / "data.db"))
    connection.execute("CREATE TABLE anything (a)")
    connection.close()


def no_database(folder: Path) -> None:
    folder.mkdir()
    (folder / "data.db").write_text("this is no database, however long it goes on")


def before_023(folder: Path) -> None:
    with ordinary(folder) as made:
        made.sql.execute("CREATE TABLE _admins (id TEXT)")


def a_newer_migration(folder: Path) -> None:
    with ordinary(folder) as made:
        made.sql.execute("INSERT INTO _migrations VALUES ('1900000000_new.go', 1)")


def a_newer_field(folder: Path) -> None:
    with ordinary(folder) as made:
        made.collection(base("later", field("vector", "meaning")))


def a_newer_kind(folder: Path) -> None:
    with ordinary(folder) as made:
        made.collection({**base("later"), "type": "graph"})


def a_damaged_page(folder: Path) -> None:
    ordinary(folder).close()
    path = folder / "data.db"
    content = bytearray(path.read_bytes())
    for page in range(8, 24):
        content[page * 4096 + 3 : page * 4096 + 60] = b"\xff" * 57
    path.write_bytes(content)


def a_cut_file(folder: Path) -> None:
    ordinary(folder).close()
    path = folder / "data.db"
    path.write_bytes(path.read_bytes()[:-20_000])


def a_missing_table(folder: Path) -> None:
    with ordinary(folder) as made:
        made.sql.execute("DROP TABLE posts")


def a_definition_that_is_no_json(folder: Path) -> None:
    with ordinary(folder) as made:
        made.sql.execute("UPDATE _collections SET fields = '[{' WHERE name = 'posts'")


def a_holobase_folder(folder: Path) -> None:
    folder.mkdir()
    (folder / "holobase.db").write_bytes(b"")


REFUSED: tuple[tuple[Callable[[Path], None], str], ...] = (
    (no_folder, "holds no data.db"),
    (an_empty_folder, "holds no data.db"),
    (a_holobase_folder, "holds no data.db"),
    (another_database, "is no data folder of PocketBase"),
    (no_database, "is no SQLite database"),
    (before_023, "before 0.23"),
    (a_newer_migration, "newer than 0.40"),
    (a_newer_field, "written by a newer PocketBase"),
    (a_newer_kind, "written by a newer PocketBase"),
    (a_damaged_page, "is damaged"),
    (a_cut_file, "is damaged"),
    (a_missing_table, "is damaged: posts has no table"),
    (a_definition_that_is_no_json, "is damaged: a definition cannot be read"),
)


def attempt(tmp_path: Path, **options: object) -> None:
    settings = Settings(data=tmp_path / "data", without_community=True)
    source = Source(tmp_path / "pb_data", **options)  # type: ignore[arg-type]
    import_pocketbase(settings, source, lambda *_: None, only_plan=False)


@pytest.mark.parametrize(
    ("make", "sentence"), REFUSED, ids=lambda each: getattr(each, "__name__", "")
)
def test_a_folder_that_is_not_to_be_imported(
    tmp_path: Path, make: Callable[[Path], None], sentence: str
) -> None:
    make(tmp_path / "pb_data")
    before = digests(tmp_path)
    with pytest.raises(DamagedData) as refused:
        attempt(tmp_path)
    assert sentence in str(refused.value)
    assert digests(tmp_path) == before
    assert not (tmp_path / "data").exists()


def test_own_migrations_are_no_sign_of_a_newer_program(tmp_path: Path) -> None:
    a_newer_migration(tmp_path / "pb_data")
    attempt(tmp_path, own_migrations=True)
    assert (tmp_path / "data").exists()


@contextmanager
def another_program(database: Path, statement: str) -> Iterator[None]:
    """Has the folder open, in the middle of its work."""
    program = (
        "import apsw, sys; c = apsw.Connection(sys.argv[1]);"
        "c.execute('PRAGMA journal_mode = WAL'); c.execute(sys.argv[2]);"
        "print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(database), statement],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        try:
            yield
        finally:
            process.kill()


@pytest.mark.parametrize("statement", ["UPDATE posts SET title = 'new'", "SELECT 1 FROM posts"])
def test_a_folder_that_is_in_use(tmp_path: Path, statement: str) -> None:
    ordinary(tmp_path / "pb_data").close()
    with another_program(tmp_path / "pb_data" / "data.db", statement):
        before = digests(tmp_path)
        with pytest.raises(DamagedData, match="open in another program"):
            attempt(tmp_path)
        assert digests(tmp_path) == before


def test_what_a_killed_program_left_in_its_log_comes_along(tmp_path: Path) -> None:
    ordinary(tmp_path / "pb_data").close()
    database = tmp_path / "pb_data" / "data.db"
    with another_program(database, "DELETE FROM posts WHERE id > 'post00000000009'"):
        pass
    assert database.with_name("data.db-wal").stat().st_size
    before = digests(tmp_path)
    settings = Settings(data=tmp_path / "data", without_community=True)
    source = Source(tmp_path / "pb_data")
    outcome = import_pocketbase(settings, source, lambda *_: None, only_plan=True)
    assert {way.source.name: way.records for way in outcome.plan.ways}["posts"] == 10
    assert digests(tmp_path) == before


@pytest.mark.parametrize(
    ("key", "sentence"),
    [("", "are encrypted. Give their key"), ("short", "has 32 characters"), (KEY[::-1], "another")],
)
def test_encrypted_settings_without_their_key(tmp_path: Path, key: str, sentence: str) -> None:
    with PbData(tmp_path / "pb_data") as made:
        made.settings(ENCRYPTED)
    with pytest.raises(DamagedData, match=sentence):
        attempt(tmp_path, key=key)
    assert not (tmp_path / "data").exists()


def test_encrypted_settings_with_their_key(tmp_path: Path) -> None:
    with PbData(tmp_path / "pb_data") as made:
        made.settings(ENCRYPTED)
    settings = Settings(data=tmp_path / "data", without_community=True)
    source = Source(tmp_path / "pb_data", key=KEY)
    plan = import_pocketbase(settings, source, lambda *_: None, only_plan=True).plan
    assert plan.settings is not None
    assert plan.settings.meta.app_name == "x"
