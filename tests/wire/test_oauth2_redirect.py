"""Where providers send people back to, and that only the page which waits for a code gets it."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.listener import listen
from tests.server import run, serve
from tests.stub_provider import Stage
from tests.unit.engine.test_id_tokens import KEY, published, signed
from tests.wire.rows import Row, check, rows
from tests.wire.test_oauth2 import LOGIN, using
from tests.wire.world import PASSWORD, ROOT, World

PATH = "/api/oauth2-redirect"
TOPIC = "@oauth2"
SUCCESS = "../_/#/auth/oauth2-redirect-success"
FAILURE = "../_/#/auth/oauth2-redirect-failure"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def back(world: World, method: str = "GET", **told: str) -> httpx.Response:
    """A browser that a provider has sent back."""
    if method == "GET":
        return world.ask("guest", "GET", PATH, query=told)
    return world.ask("guest", "POST", PATH, content=urlencode(told).encode(), headers=FORM)


def went(answer: httpx.Response) -> tuple[int, str]:
    """How it went: the status, and where the browser goes on to."""
    return answer.status_code, answer.headers["location"]


@pytest.mark.parametrize(("method", "status"), [("GET", 307), ("POST", 303)])
def test_the_code_goes_to_the_page_that_waits_for_it(
    world: World, method: str, status: int
) -> None:
    with listen(world.url) as page, listen(world.url) as other:
        assert page.subscribe(TOPIC, "unified_cards/*").status_code == 204
        other.subscribe(TOPIC)
        assert went(back(world, method, state=page.id, code="the code")) == (status, SUCCESS)
        message = page.next()
        assert message.event == TOPIC
        assert message.id == page.id
        assert message.data == {"state": page.id, "code": "the code"}
        # once: the page does not wait any more, and others were told nothing
        assert went(back(world, method, state=page.id, code="again")) == (status, FAILURE)
        assert went(back(world, method, state=other.id, code="theirs")) == (status, SUCCESS)
        assert other.next().data["code"] == "theirs"


@pytest.mark.parametrize(
    ("told", "data"),
    [
        ({"error": "access_denied"}, {"code": "", "error": "access_denied"}),
        ({"error": "access_denied", "code": "x"}, {"code": "x", "error": "access_denied"}),
        ({}, {"code": ""}),
    ],
)
def test_a_page_learns_that_there_is_no_code(
    world: World, told: dict[str, str], data: dict[str, str]
) -> None:
    with listen(world.url) as page:
        page.subscribe(TOPIC)
        assert went(back(world, state=page.id, **told)) == (307, FAILURE)
        assert page.next().data == {"state": page.id, **data}


@pytest.mark.parametrize("topics", [(), ("@oauth2/x",), ("@OAUTH2",), ("@oauth2?options={}",)])
def test_a_page_that_does_not_wait_is_told_nothing(world: World, topics: tuple[str, ...]) -> None:
    with listen(world.url) as page:
        page.subscribe(*topics)
        assert went(back(world, state=page.id, code="x")) == (307, FAILURE)
        page.subscribe(TOPIC)
        back(world, state=page.id, code="y")
        assert page.next().data["code"] == "y"


@pytest.mark.parametrize("state", ["", "x" * 40, "short", "x" * 5000])
def test_a_page_that_is_not_there_is_a_failure_that_looks_alike(world: World, state: str) -> None:
    assert went(back(world, state=state, code="x")) == (307, FAILURE)
    assert went(back(world, "POST", state=state, code="x")) == (303, FAILURE)


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"", FORM),
        (b"state=%zz", FORM),
        (b"\xff\xfe", {}),
        (b"{", {"content-type": "application/json"}),
        (b'{"state": 5, "code": []}', {"content-type": "application/json"}),
        (b"state=" + b"x" * 100_000, FORM),
    ],
)
def test_what_cannot_be_read_is_a_failure_that_looks_alike(
    world: World, content: bytes, headers: dict[str, str]
) -> None:
    answer = world.ask("guest", "POST", PATH, content=content, headers=headers)
    assert went(answer) == (303, FAILURE)


def test_a_code_may_look_like_a_number(world: World) -> None:
    with listen(world.url) as page:
        page.subscribe(TOPIC)
        assert went(back(world, "POST", state=page.id, code="12345")) == (303, SUCCESS)
        assert page.next().data["code"] == "12345"


def test_a_browser_elsewhere_gets_no_code_to_a_page(world: World) -> None:
    transport = httpx.HTTPTransport(local_address="127.0.0.2")
    with (
        httpx.Client(transport=transport, base_url=world.url) as elsewhere,
        listen(world.url) as page,
    ):
        page.subscribe(TOPIC)
        answer = elsewhere.get(PATH, params={"state": page.id, "code": "the attacker's"})
        assert went(answer) == (307, FAILURE)
        back(world, state=page.id, code="mine")
        assert page.next().data["code"] == "mine"


def test_a_code_finds_its_page_whichever_worker_holds_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = run("superuser", "create", ROOT, PASSWORD, "--data", str(data))
    assert made.returncode == 0, made.stderr
    with serve(data, "--workers", "3") as server:
        for number in range(4):
            with listen(server.url) as page:
                assert page.subscribe(TOPIC).status_code == 204
                told = {"state": page.id, "code": f"code {number}"}
                answer = httpx.get(server.url + PATH, params=told)
                assert went(answer) == (307, SUCCESS)
                assert page.next().data["code"] == f"code {number}"


@rows(
    Row(
        says="people end on a page that says how it went",
        path="/_/",
        contains=['id="/auth/oauth2-redirect-success"', 'id="/auth/oauth2-redirect-failure"'],
    ),
)
def test_landing(world: World, row: Row) -> None:
    check(world, row)


def test_landing_without_its_slash_leads_there(world: World) -> None:
    assert went(world.ask("guest", "GET", "/_", query={"a": "b"})) == (307, "/_/?a=b")


NAME = '{"name": {"firstName": "Ann", "lastName": "Lee"}}'
CLAIMS = {"iss": "https://appleid.apple.com", "aud": "client id", "sub": "a1", "exp": 2**40}


def apples(world: World, stage: Stage) -> Any:
    """A club whose members log in by Apple."""
    role = stage.play(token={"id_token": signed(CLAIMS)}, keys=published(KEY))
    config = role.config("apple", extra={"jwksURL": f"{role.url}/keys"})
    email = [{"name": "email", "type": "email", "system": True}]
    return role, using(
        world,
        config,
        fields=[*email, {"name": "called", "type": "text"}],
        oauth2={"mappedFields": {"name": "called"}},
    )


def test_a_name_that_apple_tells_the_redirect_reaches_the_account(
    world: World, stage: Stage
) -> None:
    role, club = apples(world, stage)
    with listen(world.url) as page:
        page.subscribe(TOPIC)
        answer = back(world, "POST", state=page.id, code="c0de.0.x", user=NAME)
        assert went(answer) == (303, SUCCESS)
        code = page.next().data["code"]
    assert "Ann" not in code
    told = club.post(LOGIN, {"provider": "apple", "code": code}).json()
    assert told["meta"]["name"] == "Ann Lee"
    assert told["record"]["called"] == "Ann Lee"
    assert role.to("/token")[0].form["code"] == "c0de.0.x"


@pytest.mark.parametrize(
    "user", ["", "{", "[]", "5", '{"name": 5}', '{"name": {"firstName": [1]}}', '{"name": {}}']
)
def test_a_name_that_is_none_leaves_the_code_as_it_is(world: World, user: str) -> None:
    with listen(world.url) as page:
        page.subscribe(TOPIC)
        back(world, "POST", state=page.id, code="c0de", user=user)
        assert page.next().data == {"state": page.id, "code": "c0de"}


@pytest.mark.parametrize("code", ["other~{sealed}", "c0de~{sealed}x", "c0de~", "~{sealed}"])
def test_a_name_is_good_for_the_code_it_came_with(world: World, stage: Stage, code: str) -> None:
    role, club = apples(world, stage)
    with listen(world.url) as page:
        page.subscribe(TOPIC)
        back(world, "POST", state=page.id, code="c0de", user=NAME)
        sealed = page.next().data["code"].partition("~")[2]
    sent = code.replace("{sealed}", sealed)
    told = club.post(LOGIN, {"provider": "apple", "code": sent}).json()
    assert told["meta"]["name"] == ""
    assert role.to("/token")[0].form["code"] == sent
