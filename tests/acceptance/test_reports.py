"""Reports as their readers get them: from the command line, in a real browser."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.acceptance.conftest import Machine
from tests.unit.adapters.report.pages import ATTACK, read
from visavis.wire.masked import MaskedDocument
from visavis.wire.pad import PadDocument

ATTACKER = "<script>alert(1)</script>"


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    """Sixty people; the instrument with a nasty name passes half of the time."""
    rows = [
        f'{label},{score + n / 1000},"{subject}"'
        for n in range(60)
        for subject in [f"s{n}"]
        for label, score in (("bona_fide", 0.8), ("print", 0.1), (ATTACKER, 0.85 if n % 2 else 0.2))
    ]
    path = tmp_path / "scores <b>.csv"
    path.write_text("label,score,subject\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_an_attack_detector_is_judged_and_the_page_carries_the_document(
    machine: Machine, scores: Path
) -> None:
    page = machine.home / "pad.html"
    ended = machine.visavis("evaluate", "pad", scores, "--threshold", 0.5, "--report", page, "--json")
    document = PadDocument.model_validate_json(ended.out)
    assert document.deployed[0].worst_species == ATTACKER
    assert document.deployed[0].apcer[0].apcer.value == 0.5
    root = read(page.read_text("utf-8"))
    assert json.loads(root.one("script").text) == ended.document
    assert any(ATTACKER in one.said() for one in root.all("li"))
    again = machine.visavis("evaluate", "pad", scores, "--report", page, code=6)
    assert "--force" in again.err


def test_a_bad_row_is_named(machine: Machine, tmp_path: Path) -> None:
    table = tmp_path / "bad.csv"
    table.write_text("label,score\nbona_fide,1\nprint,high\n", encoding="utf-8")
    ended = machine.visavis("evaluate", "pad", table, code=2)
    assert "row 3" in ended.err


@pytest.mark.models
@pytest.mark.data
def test_masks_painted_and_real(machine: Machine, bbt: Path) -> None:
    """The second run takes the same photos for photos of masks: then masks cost nothing."""
    page, people = machine.home / "masks.html", machine.home / "people"
    shutil.copytree(bbt, people, ignore=shutil.ignore_patterns("groups"))
    painted = MaskedDocument.model_validate_json(
        machine.visavis("evaluate", "masked", people, "--report", page, "--json").out
    )
    assert (painted.masks, painted.subjects, painted.masked.photos) == ("painted", 8, 40)
    clean, probe, _ = painted.conditions
    assert (clean.mated, probe.mated) == (80, 160)
    assert probe.points[0].own_fnmr.value > clean.points[0].own_fnmr.value
    assert "come masked" in read(page.read_text("utf-8")).all("ul")[0].said()
    others = machine.home / "others"
    shutil.copytree(people, others)
    real = MaskedDocument.model_validate_json(
        machine.visavis("evaluate", "masked", people, "--masked-dir", others, "--json").out
    )
    assert real.masks == "real"
    assert real.conditions[2].equal_error_rate == real.conditions[0].equal_error_rate


def test_a_browser_shows_the_page_and_runs_nothing(tmp_path: Path, scores: Path) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("there is no browser")
    from tests.unit.adapters.report.pages import report
    from visavis.bootstrap.reports import reports

    page, picture = tmp_path / "page.html", tmp_path / "page.png"
    page.write_text(reports().page(report(ATTACK, json.dumps({"x": ATTACK}))), encoding="utf-8")
    done = subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-quic", "--no-first-run", "--hide-scrollbars",
            f"--user-data-dir={tmp_path / 'profile'}", "--window-size=375,700", "--enable-logging=stderr",
            f"--screenshot={picture}", page.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "Content Security Policy" not in done.stderr  # nothing was tried that the page forbids itself
    with Image.open(picture) as shown:
        assert shown.convert("RGB").getpixel((3, 3)) in {(246, 247, 249), (16, 21, 27)}  # the style was taken
