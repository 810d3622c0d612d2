"""`make bench` works; what it measures is for people to judge."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bench.load import Figures
from bench.picture import picture
from bench.rounds import Row
from bench.run import main
from tests.machine import require

ROOT = Path(__file__).parent.parent.parent
PUBLISHED = "--suite published --sizes 40 --members 2 --rounds 1 --seconds 1 --starts 1 --only all"
COMMUNITY = "--records 20 --connections 4 --rounds 1 --seconds 1 --starts 1 --only view"


def bench(tmp_path: Path, options: str) -> dict[str, Any]:
    """What it writes as JSON."""
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench.run", *options.split(), "--json", str(figures)]
    command += ["--folder", str(tmp_path)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(figures.read_text())
    return told


@pytest.mark.parametrize("options", [COMMUNITY, PUBLISHED])
def test_every_request_of_a_case_is_answered_well(tmp_path: Path, options: str) -> None:
    require("wrk")
    told = bench(tmp_path, options)
    assert told["rows"]
    for row in told["rows"]:
        for run in row["runs"]["sqlite"]:
            assert run["per_second"] > 0, row["name"]
            assert run["refused"] == run["broken"] == 0, row["name"]


def test_the_log_is_measured_from_inside(tmp_path: Path) -> None:
    told = bench(tmp_path, "--suite inside --records 8")
    assert all(rate > 0 for rate in told["events_per_second"].values())


def test_an_instance_is_filled_by_imports_and_not_twice(tmp_path: Path) -> None:
    require("wrk")
    command = [sys.executable, "-m", "bench.large", "--folder", str(tmp_path), "--only-fill"]
    command += ["--posts", "20", "--events", "50"]
    told = [
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=True)
        for _ in range(2)
    ]
    assert ["import of" in each.stdout for each in told] == [True, False]


def run_of(name: str, ours: float, theirs: float) -> Row:
    figures = {
        server: Figures(1, rate, 1, 1, 1, 1, 0, 0)
        for server, rate in (("sqlite:2", ours), ("PocketBase", theirs))
    }
    return Row(name, 10, {server: [each] for server, each in figures.items()})


def test_a_picture_has_a_dot_for_each_ratio_with_what_it_stands_for() -> None:
    rows = [
        run_of("log in", 9, 10),
        run_of("posts10k: list <all>", 200, 10),
        run_of("posts25k: list <all>", 10, 0),
    ]
    drawn = ElementTree.fromstring(picture(rows, "sqlite:2", "PocketBase"))
    told = [each.text for each in drawn.findall(".//{*}title")]
    assert "list <all> @10, posts10k: 20.0×" in told
    assert "list <all> @10, posts25k: PocketBase gave no answer" in told
    assert "log in @10, accounts: 0.9×" in told
    [summary] = [str(each.text) for each in drawn.findall("{*}desc")]
    assert summary.startswith("Ahead in 2 of 3 cases, the median is 20.0×.")
    places = {str(dot[0].text): float(dot.get("cx", 0)) for dot in drawn.findall(".//{*}circle")}
    left, middle, right = (places[name] for name in told[1:4] if name)
    assert left < middle < right


def test_too_few_accounts_to_share_among_the_rounds_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "--suite", "published", "--members", "2"])
    with pytest.raises(SystemExit):
        main()
    assert "must be at least 4, twice the rounds" in capsys.readouterr().err
