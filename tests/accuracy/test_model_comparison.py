"""The shipped packs side by side, on real photographs."""

from dataclasses import replace

import pytest

from tests.extractions import LabelledExtraction, LfwExtraction
from visavis.application.compare_models import CompareModels
from visavis.application.extract import Extract
from visavis.application.model_comparison import ComparedFigure, Figure, ModelComparison, PackRun
from visavis.bootstrap.comparing import comparison
from visavis.bootstrap.models import Models
from visavis.evaluation.paired import Verdict

pytestmark = [pytest.mark.models, pytest.mark.data]

DOUBLES = {"Hasan_Wirayuda", "Flor_Montulo", "Nora_Bendijo"}  # known to appear under two names


def compared(models: Models, lfw_extraction: LfwExtraction, a: str, b: str) -> ModelComparison:
    whole: CompareModels = comparison(models, models.pack(a), models.pack(b))
    work = replace(whole, non_mated=1_000_000, references=(1,))
    rows = [row for row in lfw_extraction(a).rows if row[0] not in DOUBLES]
    return work.judged(_run(work.a, lfw_extraction(a)), _run(work.b, lfw_extraction(b)), rows)


def _run(extract: Extract, made: LabelledExtraction) -> PackRun:
    return PackRun(model=extract.inference.model, extraction=made.extraction)


def by_target(result: ModelComparison) -> dict[float | None, ComparedFigure]:
    return {one.target: one for one in result.figures if one.figure is Figure.FNMR}


def test_standard_is_better_than_classic(models: Models, lfw_extraction: LfwExtraction) -> None:
    result = compared(models, lfw_extraction, "classic", "standard")
    assert result.verdict is Verdict.BETTER
    fnmr = by_target(result)
    for target in (1e-2, 1e-3, 1e-4):
        assert fnmr[target].difference.verdict is Verdict.BETTER
        assert fnmr[target].difference.b_better > 0.99
        assert (fnmr[target].difference.ratio_high or 1.0) < 0.3
    assert fnmr[1e-5].difference.verdict is Verdict.NOT_ENOUGH  # a million comparisons; three would do
    size = next(one for one in result.figures if one.figure is Figure.SIZE)
    assert size.difference.verdict is Verdict.WORSE
    assert size.difference.ratio == 4.0


def test_standard_and_light_show_no_difference(models: Models, lfw_extraction: LfwExtraction) -> None:
    result = compared(models, lfw_extraction, "standard", "light")
    assert result.verdict is Verdict.NO_DIFFERENCE
    assert by_target(result)[1e-3].difference.verdict is Verdict.NO_DIFFERENCE
