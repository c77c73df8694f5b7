"""What is counted in an evaluation, on templates that were made up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from tests.unit.evaluation.searching import search_open_set
from visavis.application.evaluate import EvaluateFolder, EvaluatePairs, LabelledPair
from visavis.application.evaluate_scores import EvaluateScores, ScoreTable
from visavis.application.evaluation_result import DEPLOYED_FPIR
from visavis.application.extract import Extraction
from visavis.application.labelled import LabelledTemplates
from visavis.application.ports.progress import Progress
from visavis.domain.decision import Calibration, CalibrationPoint, Measure
from visavis.domain.errors import ValueInvalid
from visavis.domain.template import ModelIdentity, Template
from visavis.evaluation.bootstrap import Resampling
from visavis.evaluation.comparisons import FAILED
from visavis.evaluation.open_set import OpenSetDesign, Rows

pytestmark = pytest.mark.anyio

MODEL = ModelIdentity(family="arcface", digest="0" * 64, contract="test", dimension=32)
CALIBRATION = Calibration(
    model=MODEL,
    measure=Measure.COSINE,
    data="made up",
    subjects=100,
    mated=100,
    non_mated=100_000,
    points=(
        CalibrationPoint(score=0.1, fmr=0.3, fnmr=0.0),
        CalibrationPoint(score=0.6, fmr=1e-5, fnmr=0.1),
    ),
)
FEW = Resampling(replicates=20)


@dataclass(frozen=True)
class Inference:
    model: ModelIdentity = MODEL


@dataclass(frozen=True)
class Extract:
    """Templates around a centre per subject; photos whose name ends in `x` have none."""

    spread: float = 1.0
    quality: bool = True
    probes: bool = True
    inference: Inference = Inference()

    async def __call__(self, photos: Sequence[str], progress: Progress | None = None) -> Extraction:
        made: dict[str, Template] = {}
        for photo in photos:
            rng = np.random.default_rng([ord(letter) for letter in photo])
            centre = np.random.default_rng(int(photo.split("/")[0])).standard_normal(32)
            features = (centre + self.spread * rng.standard_normal(32)).astype(np.float32)
            made[photo] = Template.of(
                features, MODEL, quality=float(rng.uniform(0, 100)) if self.quality else None
            )
        if progress:
            progress(len(photos), len(photos))
        failures = {photo: "no_face" for photo in made if photo.endswith("x")}
        kept = {photo: template for photo, template in made.items() if photo not in failures}
        return Extraction(references=kept, probes=kept if self.probes else {}, failures=failures)


def rows(counts: Sequence[int], failed: Sequence[str] = ()) -> list[tuple[str, str]]:
    """So many photos of each subject, and those that will fail (`subject/name x`)."""
    good = [(str(subject), f"{subject}/{n}") for subject, count in enumerate(counts) for n in range(count)]
    return [*good, *((photo.split("/")[0], photo) for photo in failed)]


def folder(**changes: object) -> EvaluateFolder:
    return replace(EvaluateFolder(extract=Extract(), resampling=FEW), **changes)  # type: ignore[arg-type]


async def test_a_failed_photo_fails_every_mated_comparison_and_search() -> None:
    whole = await folder(references=(1,))(rows([1] * 20 + [4] * 20))
    some = await folder(references=(1,))(rows([1] * 20 + [4] * 20, ["25/ax", "25/bx", "3/ax"]))
    # the two with four others and with each other, and the one with its single sibling
    assert (whole.failed, some.failed) == (0, 5 + 4 + 1)
    assert some.mated == whole.mated + 10
    assert some.failed == some.mated - whole.mated
    assert some.failures == {"no_face": 3}
    (search,) = some.open_set
    # subjects 3 and 25 are enrolled with one photo, and all others of them are asked about, in five draws
    assert search.mated == whole.open_set[0].mated + 5 * 3
    assert search.non_mated == whole.open_set[0].non_mated - 5
    assert 5 * 2 <= search.failed <= 5 * 6
    assert search.rank_1.errors >= search.failed


async def test_failed_photos_are_asked_about_as_often_as_others() -> None:
    """Of 100 photos 10 fail: among the 15 that are asked about there are not 10, but 1.5 in the mean."""
    given = rows([1] * 20 + [100, 90, *[4] * 20], [f"21/{n}x" for n in range(10)])
    work = replace(folder(), seed=1)
    labelled = await work.labelled(given)
    found = labelled.searched(Measure.COSINE, OpenSetDesign(draws=40))
    assert found is not None
    asked = found.subjects == 21
    assert asked.sum() == 40 * 15
    assert (
        0.05 < np.isneginf(found.scores[asked]).mean() < 0.35
    )  # every tenth reference fails all of its searches


async def test_without_failures_the_draw_is_that_of_the_templates() -> None:
    labelled = await folder().labelled(rows([1] * 10 + [3] * 20))
    design = OpenSetDesign(references=2)
    found = labelled.searched(Measure.COSINE, design)
    assert found is not None
    plain = search_open_set(labelled.references, labelled.numbers, design, probes=labelled.probes)
    assert np.array_equal(found.scores, plain.scores)
    assert np.array_equal(found.ranks, plain.ranks)
    assert np.array_equal(found.top, plain.top)
    assert np.array_equal(found.subjects, plain.subjects)


async def test_strangers_who_all_failed_leave_nothing_to_search() -> None:
    labelled = await folder().labelled(rows([4, 4], ["2/ax", "3/ax"]))
    assert labelled.searched(Measure.COSINE, OpenSetDesign()) is None


async def test_photos_of_comparisons_are_places_in_the_rows() -> None:
    given = rows([3, 2], ["0/ax", "1/ax"])
    work = folder()
    judged = work.judge(await work.labelled(given))
    found, names = judged.compared, [subject for subject, _ in given]
    some = found.comparisons
    for score, mated, one, two in zip(
        some.scores, some.mated, found.first_photo, found.second_photo, strict=True
    ):
        assert (names[one] == names[two]) == mated
        assert (score == FAILED) == any(given[place][1].endswith("x") for place in (one, two))
    pairs = {
        frozenset(pair) for pair in zip(found.first_photo.tolist(), found.second_photo.tolist(), strict=True)
    }
    assert len(pairs) == len(some)
    assert int(some.mated.sum()) == 6 + 3


async def test_policies_ask_the_same_probes() -> None:
    result = await folder(policies=(1, 3), rows=(Rows.MEAN, Rows.BOTH), references=())(
        rows([1] * 30 + [2] * 10 + [6] * 20)
    )
    assert [(one.references, one.rows) for one in result.policies] == [
        (1, Rows.SINGLE),
        (3, Rows.MEAN),
        (3, Rows.BOTH),
    ]
    assert {(one.mated, one.non_mated, one.subjects) for one in result.policies} == {
        (20 * 3 * 5, 30 * 5, 30.0)
    }
    assert result.policies[0].rank_1.value < result.policies[1].rank_1.value
    assert [len(one.cmc) for one in result.policies] == [20] * 3


async def test_fused_probes_where_there_are_photos_enough() -> None:
    result = await folder(probes=(1, 3, 50))(rows([1] * 10 + [6] * 30))
    assert [one.probes for one in result.multi_probe] == [1, 3]
    assert len({one.mated for one in result.multi_probe}) == 1


async def test_the_threshold_in_use() -> None:
    given = rows([1] * 10 + [4] * 20)
    result = await folder(calibration=CALIBRATION, references=(1,))(given)
    assert result.deployed is not None
    assert result.deployed[0].threshold == pytest.approx(CALIBRATION.threshold_at(1e-4).value)
    deployed = result.open_set[0].deployed
    assert deployed is not None
    assert deployed[0].threshold > result.deployed[0].threshold
    assert result.discard is not None
    assert result.discard.threshold == result.deployed[0].threshold
    bare = await folder()(given)
    assert bare.deployed is None
    twice = await folder(calibration=CALIBRATION, references=(2,))(given)
    with_means = twice.open_set[0]
    assert (with_means.searched, with_means.deployed is not None) == (20 * 3, True)
    fmr = CALIBRATION.comparison_fmr(
        DEPLOYED_FPIR, 20 * 2, 20
    )  # two references each; their means are no references
    assert with_means.deployed
    assert with_means.deployed[0].threshold == CALIBRATION.threshold_at(fmr).value
    assert bare.discard is not None
    assert bare.discard.threshold in {rate.threshold for rate in (*bare.fnmr, bare.equal_error_rate)}


async def test_quality_is_judged_where_it_is_known_of_all() -> None:
    given = rows([4] * 20, ["1/ax"])
    known, unknown = Extract(spread=2.0), Extract(spread=2.0, quality=False)
    some = await folder(extract=known)(given)
    assert some.discard is not None
    assert some.discard.trials == some.mated - some.failed
    assert (await folder(extract=unknown)(given)).discard is None


async def test_progress_reaches_its_end() -> None:
    told: list[tuple[int, int]] = []
    work = folder(policies=(1, 3), probes=(1, 90))
    await work(rows([1] * 10 + [5] * 20), None, lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[-1][0] == told[-1][1]
    assert len({total for _, total in told}) == 1


async def test_another_seed_draws_others() -> None:
    given = rows([1] * 10 + [4] * 20)
    scores = []
    for seed in (0, 0, 1):
        work = folder(seed=seed, non_mated=500)
        scores.append(work.judge(await work.labelled(given)).compared.comparisons.scores.tolist())
    assert scores[0] == scores[1] != scores[2]


async def test_too_little_to_compare() -> None:
    with pytest.raises(ValueInvalid):
        await folder()(rows([3]))


async def test_pairs_count_failures_and_judge_quality() -> None:
    pairs = [
        *(LabelledPair(reference=f"{n}/0", probe=f"{n}/1", mated=True) for n in range(30)),
        *(LabelledPair(reference=f"{n}/0", probe=f"{n + 1}/1", mated=False) for n in range(29)),
        LabelledPair(reference="3/0", probe="3/x", mated=True),
        LabelledPair(reference="3/0", probe="4/x", mated=False),
    ]
    work = EvaluatePairs(extract=Extract(spread=1.5), resampling=FEW)  # type: ignore[arg-type]
    judged = work.judge(
        pairs, await Extract(spread=1.5)(sorted({p for q in pairs for p in (q.reference, q.probe)}))
    )
    result = judged.evaluation
    assert (result.mated, result.non_mated, result.failed) == (31, 29, 1)
    assert result.discard is not None
    assert result.discard.trials == 30
    assert judged.compared.first_photo[:3].tolist() == [0, 2, 4]
    assert judged.compared.second_photo[:3].tolist() == [1, 3, 5]


async def test_scores_of_another_system_are_judged_alike() -> None:
    work = folder(references=())
    labelled: LabelledTemplates = await work.labelled(rows([3] * 30))
    judged = work.judge(labelled)
    known = EvaluateScores(resampling=FEW)(
        ScoreTable(comparisons=judged.compared.comparisons, independent=False)
    )
    assert known.equal_error_rate == judged.evaluation.equal_error_rate
    assert known.fnmr == judged.evaluation.fnmr
    assert known.subjects == 30
    free = EvaluateScores(threshold=0.4)(
        ScoreTable(comparisons=judged.compared.comparisons, independent=True)
    )
    assert free.independent
    assert free.equal_error_rate.value == known.equal_error_rate.value
    assert free.deployed is not None
    assert free.deployed[0].threshold == 0.4
