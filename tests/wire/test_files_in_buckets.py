"""Files in a bucket of a real S3 server: by the environment, and by the settings while it runs."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from holobase.adapters.s3 import Bucket
from tests.s3 import S3Server
from tests.server import Server, run, serve
from tests.wire.filing import Filing, filing, png
from tests.wire.world import PASSWORD, ROOT

SEEN_SECONDS = 30.0
PNG = png(40, 40)


@pytest.fixture(scope="module")
def bucket(s3: S3Server) -> str:
    """The name of an empty bucket."""
    return s3.new_bucket()


@pytest.fixture(scope="module")
def server(s3: S3Server, bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose files are in the bucket."""
    data = tmp_path_factory.mktemp("buckets") / "data"
    assert run("superuser", "create", ROOT, PASSWORD, "--data", str(data)).returncode == 0
    with serve(data, env={"HOLOBASE_FILES": s3.url(bucket)}) as running:
        yield running


@pytest.fixture(scope="module")
def files(server: Server) -> Iterator[Filing]:
    """A collection in it."""
    body = {"identity": ROOT, "password": PASSWORD}
    path = "/api/collections/_superusers/auth-with-password"
    root = httpx.post(server.url + path, json=body).json()["token"]
    with filing(server.url, root, server.data / "storage") as made:
        yield made


def objects(s3: S3Server, bucket: str) -> set[str]:
    async def found() -> set[str]:
        return {blob.key async for blob in Bucket(s3.place(bucket)).list("")}

    return asyncio.run(found())


def when_gone(s3: S3Server, bucket: str, prefix: str) -> None:
    deadline = time.monotonic() + SEEN_SECONDS
    while any(key.startswith(prefix) for key in objects(s3, bucket)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_files_live_and_die_in_a_bucket(s3: S3Server, bucket: str, files: Filing) -> None:
    large = bytes(range(256)) * 16_000
    made = files.made(("one", ("a.png", PNG)), ("many", ("large.bin", large)))
    folder = f"{files.id}/{made['id']}/"
    assert objects(s3, bucket) == {folder + made["one"], folder + made["many"][0]}
    answer = files.get(made, made["one"])
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert answer.headers["last-modified"].endswith("GMT")
    part = files.get(made, made["many"][0], headers={"range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, large[1000:2000])
    thumb = files.get(made, f"{made['one']}?thumb=10x10")
    assert thumb.headers["content-disposition"].startswith('inline; filename="10x10_')
    assert f"{folder}thumbs_{made['one']}/10x10_{made['one']}" in objects(s3, bucket)
    assert not list(files.storage.rglob("*.png")), "nothing in the folder"
    assert files.client.delete(f"{files.records}/{made['id']}").status_code == 204
    when_gone(s3, bucket, folder)


def test_an_object_that_is_missing_is_not_found(s3: S3Server, bucket: str, files: Filing) -> None:
    made = files.made(("one", ("a.png", PNG)))
    key = f"{files.id}/{made['id']}/{made['one']}"
    asyncio.run(Bucket(s3.place(bucket)).delete([key]))
    assert files.get(made, made["one"]).status_code == 404
    assert files.get(made, f"{made['one']}?thumb=10x10").status_code == 404


def test_a_superuser_moves_the_files_of_an_instance(s3: S3Server, files: Filing) -> None:
    headers = {"authorization": files.root}

    def change(**section: Any) -> None:
        changes = {"s3": section}
        assert files.client.patch("/api/settings", json=changes, headers=headers).status_code == 200

    def tried() -> int:
        body = {"filesystem": "storage"}
        path = "/api/settings/test/s3"
        return files.client.post(path, json=body, headers=headers).status_code

    other = s3.new_bucket()
    before = files.made(("one", ("a.png", PNG)))
    change(**s3.section(other))
    try:
        assert tried() == 204
        made = files.made(("one", ("b.png", PNG)))
        assert objects(s3, other) == {f"{files.id}/{made['id']}/{made['one']}"}
        assert files.get(made, made["one"]).content == PNG
        assert files.get(before, before["one"]).status_code == 404, "it is in the other bucket"
        change(secret="wrong")
        assert tried() == 400
        refused = files.create(("one", ("c.png", PNG)))
        assert refused.status_code == 503
        assert files.get(made, made["one"]).status_code == 503
    finally:
        change(enabled=False)
    assert files.get(before, before["one"]).content == PNG
