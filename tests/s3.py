"""A real S3 server for tests: SeaweedFS, which checks every signature and makes any bucket."""

import atexit
import json
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from holobase.adapters.s3 import Place

PROGRAM = Path(sys.executable).with_name("weed")
KEY, SECRET = "holobase-key", "holobase/secret+="
REGION = "us-east-1"
START_SECONDS = 60.0
POLL_SECONDS = 0.05

PORTS = (
    "s3.port", "master.port", "volume.port", "filer.port",
    "s3.port.grpc", "master.port.grpc", "volume.port.grpc", "filer.port.grpc",
)  # fmt: skip
QUIET = ("-s3.port.lance=0", "-s3.port.iceberg=0", "-s3.iam=false", "-master.volumeSizeLimitMB=64")

_running: set[subprocess.Popen[bytes]] = set()


@atexit.register
def _end_all() -> None:
    for process in list(_running):
        process.kill()
        process.wait()


@dataclass
class S3Server:
    """A server and its folder. Its address stays the same over restarts."""

    folder: Path
    ports: dict[str, int]
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.ports['s3.port']}"

    def place(self, bucket: str, secret: str = SECRET) -> Place:
        """A bucket in it, as the adapter takes it."""
        return Place(bucket, REGION, self.endpoint, KEY, secret)

    def section(self, bucket: str, secret: str = SECRET) -> dict[str, object]:
        """A bucket in it, as `/api/settings` takes it."""
        return {
            "enabled": True, "bucket": bucket, "region": REGION, "endpoint": self.endpoint,
            "accessKey": KEY, "secret": secret, "forcePathStyle": True,
        }  # fmt: skip

    def url(self, bucket: str, secret: str = SECRET) -> str:
        """A bucket in it, as HOLOBASE_FILES takes it."""
        login = f"{KEY}:{quote(secret, safe='')}"
        return f"s3://{login}@{bucket}?endpoint={quote(self.endpoint, safe='')}&region={REGION}"

    def new_bucket(self) -> str:
        """The name of an empty bucket."""
        name = f"b{secrets.token_hex(8)}"
        store = self._store(name)
        obstore.put(store, "first", b"")
        obstore.delete(store, "first")
        return name

    def start(self) -> None:
        """Starts it and returns when it takes objects."""
        login = {"accessKey": KEY, "secretKey": SECRET}
        actions = ["Admin", "Read", "Write", "List"]
        identity = {"name": "holobase", "credentials": [login], "actions": actions}
        (self.folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        command = [str(PROGRAM), "server", "-s3", "-ip=127.0.0.1", "-volume.max=500", *QUIET]
        command += [f"-{name}={port}" for name, port in self.ports.items()]
        command += [f"-dir={self.folder}", f"-s3.config={self.folder / 's3.json'}"]
        command += [f"-{of}.localSocket={self.folder / of}" for of in ("s3", "filer")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder
            )
        _running.add(self.process)
        deadline = time.monotonic() + START_SECONDS
        while not self._works():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError((self.folder / "log").read_text(errors="replace")[-3_000:])
            time.sleep(POLL_SECONDS)

    def kill(self) -> None:
        """Ends it without a word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            _running.discard(self.process)
            Path(f"/tmp/seaweedfs-s3-grpc-{self.ports['s3.port.grpc']}.sock").unlink(
                missing_ok=True
            )

    def _store(self, bucket: str) -> S3Store:
        return S3Store(
            bucket,
            endpoint=self.endpoint,
            region=REGION,
            access_key_id=KEY,
            secret_access_key=SECRET,
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )

    def _works(self) -> bool:
        try:
            obstore.put(self._store("started"), "now", b"")
        except (BaseError, OSError):
            return False
        return True


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """A started server for the length of a block."""
    folder = Path(tempfile.mkdtemp(prefix="holobase-s3-"))
    server = S3Server(folder, dict(zip(PORTS, _free_ports(len(PORTS)), strict=True)))
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
