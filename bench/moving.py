"""How fast an instance moves in from PocketBase, and from one store to another and back.

python -m bench.moving [--records 100000] [--files 1000]

A folder as PocketBase leaves it, with a tenth as many accounts as posts, an index, relations, JSON
and files, goes into each store by the command that its owner would type; then the instance in the
file goes to PostgreSQL and back. What is told is how long each took in all (it reads, writes,
compares and syncs), records or events a second, and the most memory that it used.
"""

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

from tests.pb_data import MOMENT, USERS_ID, PbData, base, field, users
from tests.postgres import private_server, with_schema
from tests.server import PROGRAM

POSTS = base(
    "posts",
    field("text", "title"),
    field("text", "body"),
    field("number", "score"),
    field("json", "meta", maxSize=0),
    field("file", "picture"),
    field("relation", "author", collectionId=USERS_ID),
    indexes=["CREATE INDEX posts_score ON posts (score)"],
)
HASHED = "$2a$10$" + "h" * 53
FILE_BYTES = 20_000


def fill(folder: Path, records: int, files: int) -> None:
    """Makes a folder with so many posts, the first of which have a file each."""
    people = max(1, records // 10)
    with PbData(folder) as made:
        made.collection(users())
        made.collection(POSTS)
        for number in range(people):
            made.account("users", _id("user", number), f"{number}@example.com", HASHED)
        for number in range(records):
            identifier = _id("post", number)
            picture = f"picture_{number}.bin" if number < files else ""
            made.record(
                "posts",
                id=identifier,
                author=_id("user", number % people),
                title=f"Title {number}",
                body="words " * 20,
                score=number,
                meta='{"a":[1,2,3]}',
                picture=picture,
                created=MOMENT,
                updated=MOMENT,
            )
            if picture:
                made.file(f"{POSTS['id']}/{identifier}/{picture}", os.urandom(FILE_BYTES))


def _id(prefix: str, number: int) -> str:
    return f"{prefix}{number:011d}"


def timed(what: str, count: int, unit: str, *arguments: str) -> None:
    """Runs a command of the program, and prints what it took."""
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as told:
        command = [str(PROGRAM), *arguments]
        process = subprocess.Popen(command, stdout=told, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            told.seek(0)
            raise SystemExit(f"{what} failed:\n{told.read()}")
    seconds, most = time.monotonic() - began, used.ru_maxrss / 1024
    print(f"{what:30} {seconds:7.1f} s  {count / seconds:8,.0f} {unit}/s  {most:5.0f} MiB")


def main() -> None:
    """Prints a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--files", type=int, default=1_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, private_server() as server:
        folder, data = Path(scratch) / "pb_data", Path(scratch) / "data"
        fill(folder, asked.records, asked.files)
        records = asked.records + max(1, asked.records // 10)
        plain = ("import", "pocketbase", str(folder), "--without-community", "--data")
        timed("import into SQLite", records, "records", *plain, str(data))
        other = Path(scratch) / "other"
        url = with_schema(server.url, "imported")
        timed("import into PostgreSQL", records, "records", *plain, str(other), "--store", url)
        here, there = f"sqlite:///{data}", with_schema(server.url, "moved")
        ways = ("--data", str(data), "--from", here, "--to", there)
        timed("move from SQLite to PostgreSQL", records, "events", "move", *ways)
        back = ("--data", str(data), "--from", there, "--to", f"sqlite:///{scratch}/back")
        timed("move from PostgreSQL to SQLite", records, "events", "move", *back)


if __name__ == "__main__":
    main()
