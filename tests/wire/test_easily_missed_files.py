"""What is easily missed in the reference about files: one test for each entry, named after it.
The tests of files say more.
"""

from collections.abc import Iterator

import pytest

from tests.wire.filing import Filing, filing_of, png
from tests.wire.test_thumbs import quarters, saved
from tests.wire.world import World


@pytest.fixture(scope="module")
def files(world: World) -> Iterator[Filing]:
    """A collection that nobody but superusers may look into."""
    with filing_of(world, listRule=None, viewRule=None) as made:
        yield made


def test_35_files_need_no_permission_and_protected_ones_ignore_the_header(
    world: World, files: Filing
) -> None:
    made = files.made(("one", ("a.png", png())), ("guarded", ("b.png", png())))
    assert files.get(made, made["one"]).status_code == 200
    headers = {"authorization": world.tokens["root"]}
    assert files.get(made, made["guarded"], headers=headers).status_code == 404


def test_36_unlisted_sizes_give_the_original_and_thumbs_of_webp_are_png(files: Filing) -> None:
    picture = saved(quarters(40, 40), ".webp", keep="none")
    made = files.made(("many", ("a.webp", picture)))
    [name] = made["many"]
    unlisted = files.get(made, f"{name}?thumb=10x10")
    assert (unlisted.status_code, unlisted.content) == (200, picture)
    thumb = files.get(made, f"{name}?thumb=100x100")
    assert (thumb.headers["content-type"], thumb.content[1:4]) == ("image/png", b"PNG")
    assert thumb.headers["content-disposition"] == f'inline; filename="100x100_{name}"'


def test_37_what_could_run_is_an_attachment_names_are_quoted_and_there_is_no_etag(
    files: Filing,
) -> None:
    contents = {"a.svg": b"<svg xmlns='x'/>", "a.html": b"<html>", "a.txt": b"words"}
    made = files.made(*(("many", item) for item in contents.items()))
    for name in made["many"]:
        headers = files.get(made, name).headers
        assert headers["content-disposition"] == f'attachment; filename="{name}"'
        assert "etag" not in headers
