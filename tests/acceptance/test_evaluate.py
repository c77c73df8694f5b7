"""How often it is wrong, asked on the command line about real photographs and about another system's scores."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.acceptance.conftest import Machine
from visavis.wire.evaluation import EvaluateDocument, EvaluateScoresDocument

pytestmark = pytest.mark.models


@pytest.fixture(scope="session")
def staff(bbt: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight people with five photos each."""
    folder = tmp_path_factory.mktemp("staff")
    for place in sorted(bbt.iterdir()):
        if place.is_dir() and place.name != "groups":
            (folder / place.name).symlink_to(place)
    return folder


def test_a_folder_gives_a_document_a_page_and_every_score(machine: Machine, staff: Path) -> None:
    page, scores = machine.home / "staff.html", machine.home / "staff.npz"
    ended = machine.visavis("evaluate", "folder", staff, "--report", page, "--scores", scores, "--json")
    document = EvaluateDocument.model_validate_json(ended.out)
    assert (document.photos, document.subjects, document.mated, document.non_mated) == (40, 8, 80, 700)
    assert document.equal_error_rate.value == 0.0
    assert document.curve is not None
    assert document.histogram is not None
    assert sum(document.histogram.mated) == 80
    assert document.discard is not None
    with np.load(scores) as arrays:
        assert arrays["mated"].sum() == 80
        assert document.deployed_fmr is not None
        reached = arrays["score"][~arrays["mated"]] >= document.deployed_fmr.threshold
        assert int(reached.sum()) == document.deployed_fmr.errors
    text = page.read_text(encoding="utf-8")
    carried = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert carried
    assert json.loads(carried[1]) == json.loads(ended.out)
    assert "8 people are not enough" in text
    assert {file.stat().st_mode & 0o777 for file in (page, scores)} == {0o600}

    again = machine.visavis("evaluate", "folder", staff, "--report", page, code=6)
    assert "--force" in again.err
    wrong = machine.visavis("evaluate", "folder", staff, "--references", "0,one", code=2)
    assert "--references" in wrong.err


def test_pairs(machine: Machine, staff: Path) -> None:
    table = machine.home / "pairs.csv"
    photos = {place.name: sorted(place.iterdir())[:2] for place in sorted(staff.iterdir())}
    rows = [(*both, 1) for both in photos.values()]
    rows += [
        (one[0], other[0], 0) for one, other in zip(photos.values(), [*photos.values()][1:], strict=False)
    ]
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("reference", "probe", "mated"), *rows])
    page = machine.home / "pairs.html"
    ended = machine.visavis("evaluate", "pairs", table, "--report", page)
    assert "8 mated, 7 non-mated" in ended.out
    assert page.read_text(encoding="utf-8").count("<svg") > 4


def test_scores_of_another_system(machine: Machine) -> None:
    rng = np.random.default_rng(0)
    table, page = machine.home / "other.csv", machine.home / "other.html"
    with table.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("score", "mated", "first", "second"))
        for one in range(60):
            rows.writerow((f"{rng.normal(80, 10):.3f}", 1, f"s{one}", f"s{one}"))
            rows.writerows((f"{rng.normal(20, 10):.3f}", 0, f"s{one}", f"s{other}") for other in range(one))
        rows.writerow(("", 1, "s1", "s1"))
    ended = machine.visavis("evaluate", "scores", table, "--threshold", "50", "--report", page, "--json")
    document = EvaluateScoresDocument.model_validate_json(ended.out)
    assert (document.mated, document.non_mated, document.failed, document.subjects) == (
        61,
        60 * 59 // 2,
        1,
        60,
    )
    assert document.deployed_fmr is not None
    assert document.deployed_fmr.threshold == 50.0
    assert not document.independent
    assert "How often is it wrong?" in page.read_text(encoding="utf-8")

    bare = machine.home / "bare.csv"
    bare.write_text("score,mated\n" + "0.9,1\n0.1,0\n0.2,0\n" * 40, encoding="utf-8")
    ended = machine.visavis("evaluate", "scores", bare)
    assert "40 mated, 80 non-mated" in ended.out
    assert "too narrow" in ended.out
    machine.visavis("evaluate", "scores", machine.home / "none.csv", code=2)
