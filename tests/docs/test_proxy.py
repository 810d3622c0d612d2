"""The nginx configuration in the how-to page, run by a real nginx in front of a real server."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests import machine
from tests.listener import listen
from tests.server import Server, run, serve
from tests.wire.world import PASSWORD, ROOT

PAGE = Path(__file__).parent.parent.parent / "docs/how-to/behind-a-proxy.md"
BLOCK = re.compile(r"^```nginx\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LOGIN = "/api/collections/_superusers/auth-with-password"

AROUND = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {printed}
}}
"""
"""What a machine's own configuration says beside ours, for one that runs in a folder."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _nginx(folder: Path, server: Server) -> Iterator[str]:
    """nginx with what the page prints, but for the two ports."""
    program = machine.require("nginx")
    [printed] = BLOCK.findall(PAGE.read_text())
    port = _free_port()
    printed = printed.replace("listen 80;", f"listen 127.0.0.1:{port};")
    printed = printed.replace("127.0.0.1:8090", f"127.0.0.1:{server.port}")
    user = "user root;" if os.getuid() == 0 else ""  # whose folder it is
    (folder / "nginx.conf").write_text(AROUND.format(user=user, folder=folder, printed=printed))
    process = subprocess.Popen(
        [program, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL
    )
    try:
        yield _answering(process, f"http://127.0.0.1:{port}", folder)
    finally:
        process.terminate()
        process.wait(20)


def _answering(process: "subprocess.Popen[bytes]", url: str, folder: Path) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(url + "/readyz", timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
            continue
        return url
    raise AssertionError((folder / "error.log").read_text())


def test_the_printed_proxy_passes_everything_on(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "nginx"
    folder.mkdir()
    machine.require("nginx")
    assert run("superuser", "create", ROOT, PASSWORD, "--data", str(data)).returncode == 0
    with serve(data) as server, _nginx(folder, server) as url, httpx.Client(base_url=url) as client:
        body = {"identity": ROOT, "password": PASSWORD}
        token = client.post(LOGIN, json=body, timeout=20).json()["token"]
        client.headers["authorization"] = token
        forged = {"x-real-ip": "6.6.6.6"}
        told = client.get("/api/health", headers=forged).json()["data"]
        assert told["possibleProxyHeader"] == "X-Real-IP"
        trust = {"trustedProxy": {"headers": ["X-Real-IP"]}, "superuserIPs": ["127.0.0.1"]}
        assert client.patch("/api/settings", json=trust).is_success
        assert client.get("/api/health", headers=forged).json()["data"]["realIP"] == "127.0.0.1"
        with listen(url) as listener:  # nothing is held back
            assert listener.subscribe("tags/*", token=token).status_code == 204
            for name in ("first", "second"):
                made = client.post("/api/collections/tags/records", json={"name": name}).json()
                assert listener.next().data == {"record": made, "action": "create"}
        large = {"meta": {"appName": "x" * 2_000_000}}
        for _ in range(5):  # each answer arrives, whoever is faster
            assert client.patch("/api/settings", json=large).status_code == 413
        assert client.get("/api/health").is_success
