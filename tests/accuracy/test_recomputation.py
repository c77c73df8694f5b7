"""The product's error rates, in its report as well, are those that forty lines of numpy find, to the last comparison.

The script knows nothing of Visavis: it gets the scores that `--scores` writes and the bare templates, multiplies the
templates itself, and counts.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from visavis.application.judge import Judged
from visavis.application.labelled import LabelledTemplates
from visavis.application.reports.evaluation import Evaluated, evaluation_report
from visavis.bootstrap.evaluation import Evaluations
from visavis.bootstrap.models import Models
from visavis.bootstrap.reports import reports
from visavis.bootstrap.result_files import write_comparisons
from visavis.cli.evaluation_document import document_of
from visavis.domain.decision import Measure
from visavis.domain.pack import Pack
from visavis.evaluation.open_set import OpenSetDesign, make_draw

if TYPE_CHECKING:
    from tests.extractions import LfwExtraction

pytestmark = [pytest.mark.models, pytest.mark.data]

SCRIPT = Path(__file__).with_name("recompute.py")


def write_templates(file: Path, labelled: LabelledTemplates) -> None:
    """The templates, the subjects, and who is enrolled and who is asked in each of the searches' draws."""
    design = OpenSetDesign()
    rng = np.random.default_rng(design.seed)
    drawn = [make_draw(labelled.numbers, design, rng) for _ in range(design.draws)]
    roles: dict[str, Any] = {
        f"{role}_{number}": places
        for number, draw in enumerate(drawn)
        for role, places in (
            ("enrolled", draw.references),
            ("asked", draw.mated),
            ("strangers", draw.non_mated),
        )
    }
    np.savez(
        file,
        references=labelled.references.vectors,
        probes=labelled.probes.vectors,
        subjects=labelled.numbers,
        draws=design.draws,
        **roles,
    )


def recomputed(folder: Path, labelled: LabelledTemplates, judged: Judged) -> dict[str, Any]:
    scores, templates = folder / "scores.npz", folder / "templates.npz"
    write_comparisons(scores, judged.compared, force=False)
    write_templates(templates, labelled)
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(scores), str(templates)],
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


def carried_by_the_report(judged: Judged, pack: Pack) -> dict[str, Any]:
    """The document inside the page that a user gets."""
    document = document_of(judged.evaluation, pack)
    about = Evaluated(pack=pack.name, non_commercial=pack.needs_acceptance, data="lfw-dev")
    page = reports().page(evaluation_report(judged.evaluation, about, data=document.line()))
    assert f"How often is {pack.name} wrong?" in page
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    carried = json.loads(found[1])
    assert isinstance(carried, dict)
    return carried


def test_the_script_is_short_and_independent() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    imported = {line.split()[1] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert imported == {"json", "sys", "numpy"}


@pytest.mark.parametrize("pack", ["standard", "light", "classic"])
def test_every_count_is_found_again(
    models: Models, lfw_extraction: "LfwExtraction", tmp_path: Path, pack: str
) -> None:
    photos = lfw_extraction(pack)
    labelled = LabelledTemplates.of(photos.extraction, photos.rows, Measure.COSINE)
    assert len(labelled.failed) == 0, "the script does not know failures"
    judged = Evaluations(models, models.pack(pack)).folder(Measure.COSINE).judge(labelled)
    result, found = judged.evaluation, recomputed(tmp_path, labelled, judged)

    assert (found["pairs_twice"], found["labels_wrong"]) == (0, 0)
    assert found["mated"] == found["mated_by_labels"] == result.mated == 26_576
    assert found["non_mated"] == result.non_mated == 2_000_000
    assert found["largest_error_of_a_score"] < 1e-6
    assert len(result.fnmr) == 4
    for rate in result.fnmr:
        threshold, false_matches, false_non_matches = found[f"{rate.target:g}"]
        assert rate.target is not None
        assert threshold == rate.threshold
        assert false_non_matches == rate.errors
        assert rate.value == false_non_matches / result.mated
        assert false_matches <= rate.target * result.non_mated
        scores = judged.compared.comparisons.scores[~judged.compared.comparisons.mated]
        assert false_matches == int((scores >= rate.threshold).sum())
    assert found["equal_error_rate"] == pytest.approx(result.equal_error_rate.value, abs=1e-12)

    (one, _) = result.open_set
    assert one.references == 1
    assert found["not_first"] == one.rank_1.errors
    for rate in one.fnir[:2]:
        false_alarms, missed = found[f"search_{rate.target:g}"]
        assert missed == rate.errors
        assert false_alarms <= (rate.target or 0.0) * one.non_mated

    page = carried_by_the_report(judged, models.pack(pack))
    assert (page["mated"], page["non_mated"]) == (found["mated"], found["non_mated"])
    assert [rate["errors"] for rate in page["fnmr"]] == [found[f"{rate.target:g}"][2] for rate in result.fnmr]
    assert [rate["errors"] for rate in page["open_set"][0]["fnir"][:2]] == [
        found["search_0.1"][1],
        found["search_0.01"][1],
    ]
