"""How good the shipped packs are, on real photographs. The bounds are promises; what was measured is in
docs/why/accuracy.md and a little better."""

from pathlib import Path

import pytest

from tests.extractions import LfwExtraction
from visavis.application.evaluate import Evaluation, LabelledTemplates
from visavis.bootstrap.evaluation import Evaluations, read_pairs
from visavis.bootstrap.models import Models
from visavis.domain.decision import Measure

pytestmark = [pytest.mark.models, pytest.mark.data, pytest.mark.anyio]

DOUBLES = {"Hasan_Wirayuda", "Flor_Montulo", "Nora_Bendijo"}  # known to appear under two names
FNMR = {  # pack: FNMR at FMR 1e-3 and 1e-4 over all mated pairs
    "standard": (0.008, 0.020),
    "light": (0.009, 0.022),
    "classic": (0.090, 0.300),
}


def evaluated(models: Models, looked_at: LfwExtraction, pack: str) -> Evaluation:
    found = looked_at(pack)
    rows = [row for row in found.rows if row[0] not in DOUBLES]
    labelled = LabelledTemplates.of(found.extraction, rows, Measure.COSINE)
    return Evaluations(models, models.pack(pack)).folder(Measure.COSINE).judge(labelled).evaluation


@pytest.mark.parametrize("pack", ["standard", "light", "classic"])
def test_error_rates(models: Models, lfw_extraction: LfwExtraction, pack: str) -> None:
    result = evaluated(models, lfw_extraction, pack)
    assert result.mated > 26_000
    assert result.non_mated == 2_000_000
    assert result.failure_to_enrol < 0.003
    by_target = {rate.target: rate for rate in result.fnmr}
    assert by_target[1e-3].value <= FNMR[pack][0]
    assert by_target[1e-4].value <= FNMR[pack][1]
    assert result.deployed is not None
    fmr, _ = result.deployed
    assert fmr.low <= 1e-4 <= fmr.high
    if pack == "classic":
        return
    one, three = result.open_set
    assert (one.references, three.references) == (1, 3)
    fnir = [{rate.target: rate.value for rate in part.fnir}[1e-2] for part in (one, three)]
    assert fnir[0] <= 0.09
    assert fnir[1] <= 0.025


async def test_pairs(models: Models, shared_data: Path) -> None:
    folder = shared_data / "lfw-dev"
    pairs = read_pairs(folder / "pairs.csv", folder / "images")
    result = await Evaluations(models, models.pack("standard")).pairs(Measure.COSINE)(pairs)
    assert (result.mated, result.non_mated) == (900, 900)
    assert result.equal_error_rate.value < 0.006
    assert result.folded is not None
    assert result.folded.value > 0.992


def test_templates_of_light_and_standard_are_comparable(models: Models) -> None:
    assert models.pack("light").embedder.model == models.pack("standard").embedder.model


async def test_the_euclidean_rule_of_dlib(models: Models, shared_data: Path) -> None:
    folder = shared_data / "lfw-dev"
    pairs = read_pairs(folder / "pairs.csv", folder / "images")
    work = Evaluations(models, models.pack("classic")).pairs(Measure.EUCLIDEAN)
    result = await work(pairs)
    assert result.accuracy is not None
    assert result.accuracy.value > 0.985
    calibration = models.pack("classic").calibration(Measure.EUCLIDEAN)
    # the customary 0.6 is 0.4 as a similarity: about one stranger in 150, far too many for a search
    assert 0.003 < calibration.fmr_at(0.4).value < 0.012
