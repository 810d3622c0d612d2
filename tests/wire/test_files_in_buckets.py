"""Files in a bucket of a real S3 server: by the environment, and by the settings while it runs."""

import asyncio
import hashlib
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


def test_an_upload_in_pieces_waits_in_the_bucket(s3: S3Server, bucket: str, files: Filing) -> None:
    content = bytes(range(256)) * 20_000
    headers = {"authorization": files.root, "tus-resumable": "1.0.0"}
    begun = {**headers, "upload-length": str(len(content))}
    where = files.client.post("/api/uploads", headers=begun).headers["location"]
    upload = where.rpartition("/")[2]
    for at in range(0, len(content), 2_560_000):
        piece = content[at : at + 2_560_000]
        told = {"upload-offset": str(at), "content-type": "application/offset+octet-stream"}
        assert files.client.patch(where, content=piece, headers=headers | told).status_code == 204
    assert len([key for key in objects(s3, bucket) if key.startswith(f"_uploads/{upload}/")]) == 2
    body = {"many": [f"upload:{upload}"]}
    made = files.client.post(files.records, json=body, headers=headers).json()
    assert files.get(made, made["many"][0]).content == content
    when_gone(s3, bucket, "_uploads/")


class Direct:
    """Sends files straight into the bucket, as the superuser."""

    def __init__(self, files: Filing) -> None:
        self.client = files.client
        self.headers = {"authorization": files.root}

    def announce(self, content: bytes, **values: Any) -> dict[str, Any]:
        body = {"filename": "My Film.txt", "fileSize": len(content), **values}
        path = "/api/storage/presign-upload"
        answer = self.client.post(path, json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def verify(self, announced: dict[str, Any], **values: Any) -> dict[str, Any]:
        body = {key: announced[key] for key in ("uploadId", "storageUrl")} | values
        path = "/api/storage/verify-upload"
        answer = self.client.post(path, json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def test_a_file_goes_straight_into_the_bucket_and_is_verified(
    s3: S3Server, bucket: str, files: Filing
) -> None:
    direct, content = Direct(files), b"straight " * 1_000
    digest = hashlib.sha256(content).hexdigest()
    announced = direct.announce(content, contentType="image/png", fileHash=digest)
    assert announced["expiresIn"] == 900
    put = httpx.put(announced["uploadUrl"], content=content)
    assert put.status_code == 200, put.text
    found = direct.verify(announced, expectedHash=digest)
    assert found == {
        "verified": True,
        "fileSize": len(content),
        "storageUrl": announced["storageUrl"],
        "contentType": "text/plain; charset=utf-8",
    }
    assert direct.verify(announced) == found, "asked again, it answers the same"
    httpx.put(announced["uploadUrl"], content=b"something else, later")
    made = files.client.post(
        files.records, json={"many": [announced["storageUrl"]]}, headers=direct.headers
    ).json()
    assert made["many"][0].startswith("my_film_")
    assert files.get(made, made["many"][0]).content == content
    files.client.post("/api/crons/__holobaseUploads__", headers=direct.headers)
    when_gone(s3, bucket, "_uploads/")


def test_what_is_not_what_was_announced_is_no_file(
    s3: S3Server, bucket: str, files: Filing
) -> None:
    direct, content = Direct(files), b"announced"
    announced = direct.announce(content, fileHash=hashlib.sha256(content).hexdigest())
    body = {"many": [announced["storageUrl"]]}
    assert direct.verify(announced)["verified"] is False, "nothing came"
    for sent in (b"longer than announced", b"otherwise"):
        httpx.put(announced["uploadUrl"], content=sent)
        assert direct.verify(announced)["verified"] is False
        refused = files.client.post(files.records, json=body, headers=direct.headers)
        assert refused.json()["data"]["many"]["code"] == "validation_invalid_file"
    httpx.put(announced["uploadUrl"], content=content)
    assert direct.verify(announced, expectedHash="0" * 64)["verified"] is False
    assert direct.verify(announced)["verified"] is True
    taken = files.client.post(files.records, json=body, headers=direct.headers)
    assert taken.status_code == 200, taken.text


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"filename": ""}, "filename"),
        ({"filename": 5}, "filename"),
        ({"fileSize": 0}, "fileSize"),
        ({"fileSize": "many"}, "fileSize"),
        ({"fileSize": 1.5}, "fileSize"),
        ({"fileSize": 1 << 40}, "fileSize"),
        ({"fileHash": "abc"}, "fileHash"),
        ({"fileHash": 7}, "fileHash"),
    ],
)
def test_what_cannot_be_announced_is_told(files: Filing, values: dict[str, Any], key: str) -> None:
    body = {"filename": "a.png", "fileSize": 1, **values}
    headers = {"authorization": files.root}
    answer = files.client.post("/api/storage/presign-upload", json=body, headers=headers)
    assert answer.status_code == 400
    assert list(answer.json()["data"]) == [key]
    assert files.client.post("/api/storage/presign-upload", json=body).status_code == 401


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
