"""Masked probes, with pictures whose pixels say who is in them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from tests.unit.application.fakes import MODEL, features
from tests.unit.wire import values
from visavis.application.evaluate_masked import EvaluateMasked
from visavis.application.extract import Extract
from visavis.application.masked_inference import MaskedInference
from visavis.application.masked_result import Condition, MaskedEvaluation
from visavis.application.ports.reports import Level
from visavis.application.reports.masked import masked_findings, masked_report
from visavis.domain.errors import ValueInvalid
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box, Size
from visavis.domain.sample import Pose, Quality, Rejection, Sample
from visavis.domain.template import Template
from visavis.engine.assess import QualityGate
from visavis.evaluation.bootstrap import Resampling

pytestmark = pytest.mark.anyio

SIZE = Size(width=100, height=100)
_POINTS = np.array([[40, 40], [60, 40], [50, 50], [42, 62], [58, 62]], np.float32)
FACE = Face(box=Box(left=30, top=20, right=70, bottom=78), landmarks=_POINTS, score=0.9)
BEHIND = Face(box=Box(left=0, top=0, right=12, bottom=15), landmarks=_POINTS / 5, score=0.8)


def frame(subject: int, photo: int) -> Frame:
    """The corner pixel carries the subject and the photo; the face is plain skin."""
    pixels = np.full((100, 100, 3), (120, 150, 200), np.uint8)
    pixels[99, 99] = (subject, photo, 7)
    return Frame(pixels=pixels, original=SIZE)


def decode(data: bytes) -> Frame:
    return frame(data[0], data[1])


@dataclass
class PixelInference:
    """Implements `Inference`: a face whose mouth is not skin is masked, and half of it is everybody's."""

    model = MODEL
    hides: int = -1  #: the subject whose masked face is not found any more
    seen: int = 0

    async def samples(self, picture: bytes | Frame, *, gate: QualityGate) -> list[Sample | Rejection]:
        self.seen += 1
        pixels = (decode(picture) if isinstance(picture, bytes) else picture).pixels
        subject, photo, _ = pixels[99, 99].tolist()
        covered = int(pixels[62, 50].astype(int).sum() != 470)
        quality = Quality(components=(), pose=Pose(yaw_deg=0, pitch_deg=0, roll_deg=0))
        chip = np.full((4, 4, 3), (subject, photo, covered), np.uint8)
        faces = [BEHIND] if covered and subject == self.hides else [FACE, BEHIND]
        return [Sample(face=face, chip=chip, quality=quality) for face in faces]

    async def templates(self, samples: Sequence[Sample], *, flip: bool = False) -> list[Template]:
        made = []
        for sample in samples:
            subject, photo, covered = sample.chip[0, 0].tolist()
            vector = features(f"s{subject}", 0.9, photo)
            made.append(Template.of(vector + 1.3 * covered * features("mask", 0.0, 0), MODEL))
        return made


def work(inference: PixelInference, *, real: bool = False) -> EvaluateMasked:
    def extract(by: PixelInference | MaskedInference) -> Extract:
        return Extract(
            inference=by,
            read=lambda photo: bytes(int(part) for part in photo.split("/")[-2:]),
            size=lambda data: SIZE,
            probes=False,
        )

    masked = inference if real else MaskedInference(inference=inference, decode=decode)
    return EvaluateMasked(
        unmasked=extract(inference), masked=extract(masked), resampling=Resampling(replicates=40)
    )


ROWS = [(f"subject {s}", f"{s}/{p}") for s in range(40) for p in range(3)]


async def result(hides: int = -1) -> MaskedEvaluation:
    return await work(PixelInference(hides=hides))(ROWS)


async def test_who_is_compared_with_whom() -> None:
    found = await result()
    counts = {one.condition: (one.mated, one.non_mated) for one in found.conditions}
    others = 120 * 119 // 2 - 120
    assert counts == {
        Condition.UNMASKED: (120, others),
        Condition.MASKED_PROBE: (240, others),  # each photo of a pair in both roles, never with itself
        Condition.BOTH_MASKED: (120, others),
    }
    assert found.painted
    assert found.subjects == 40


async def test_masks_cost_matches_and_make_strangers_alike() -> None:
    found = await result()
    clean, probe, both = (found.of(condition).points[1] for condition in Condition)
    assert clean.kept[1].value == clean.own.value
    assert probe.own.value > 3 * max(clean.own.value, 0.01)
    assert both.kept[0].value > 20 * both.target
    assert both.own.threshold > clean.own.threshold
    levels = [finding.level for finding in masked_findings(found)]
    assert levels.count(Level.BAD) >= 1


async def test_strangers_who_may_match_by_chance_are_no_bad_news() -> None:
    found = await result()
    one = found.of(Condition.MASKED_PROBE)
    fmr, fnmr = one.points[-1].kept
    for low, bad in ((5e-5, 0), (2e-4, 1)):
        often = replace(fmr, value=1e-3, low=low, high=2e-3)
        given = replace(found, conditions=(found.conditions[0], replace(one, deployed=(often, fnmr))))
        assert sum("strangers match" in finding.text for finding in masked_findings(given)) == bad


async def test_a_face_that_is_not_found_any_more_counts_as_an_error_and_nobody_takes_its_place() -> None:
    found = await result(hides=5)
    assert len(found.masked.failures) == 3
    assert set(found.masked.failures.values()) == {"no_face"}
    assert found.of(Condition.MASKED_PROBE).failed == 6
    assert found.of(Condition.BOTH_MASKED).failed == 3
    assert found.of(Condition.UNMASKED).failed == 0
    assert any("3 of 120" in finding.text for finding in masked_findings(found))


async def test_the_same_photos_give_the_same_rates() -> None:
    one, other = await result(), await result()
    assert [c.points for c in one.conditions] == [c.points for c in other.conditions]


async def test_degradation_is_the_ratio_of_both_rates() -> None:
    found = await result()
    for clean, covered in zip(
        found.of(Condition.UNMASKED).points, found.of(Condition.MASKED_PROBE).points, strict=True
    ):
        assert clean.degradation is None
        assert covered.degradation is not None
        if clean.own.value > 0:
            assert covered.degradation.ratio == pytest.approx(covered.own.value / clean.own.value)


async def test_photos_of_real_masks_are_compared_by_the_names_of_their_folders() -> None:
    given = PixelInference()
    masks = [(f"subject {s}", f"mask/{s}/{9 + s % 2}") for s in range(20, 50)]
    found = await work(given, real=True)(ROWS, masks)
    assert given.seen == len(ROWS) + len(masks)  # nothing was painted
    assert not found.painted
    assert found.subjects == 50
    probe = found.of(Condition.MASKED_PROBE)
    assert probe.mated == 20 * 3
    assert probe.non_mated == 120 * 30 - 60
    assert [one.condition for one in found.conditions] == [Condition.UNMASKED, Condition.MASKED_PROBE]


async def test_photos_that_have_nobody_in_common_are_refused() -> None:
    with pytest.raises(ValueInvalid, match="No subject"):
        await work(PixelInference(), real=True)(ROWS, [("somebody else", "7/1")])


async def test_progress_counts_all_photos_once() -> None:
    told: list[tuple[int, int]] = []
    await work(PixelInference())(ROWS, progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, 241))
    assert {total for _, total in told} == {240}


async def test_the_report_says_it_in_words_and_draws_every_condition() -> None:
    report = masked_report(await result(), values.pack(), data="{}")
    assert "people who come masked" in report.findings[0].text
    bars, curves = report.sections[0].plots
    assert (
        [s.label for s in bars.series]
        == [s.label for s in curves.series]
        == ["no masks", "masked probe", "both masked"]
    )


async def test_rates_agree_with_counting_by_hand() -> None:
    """Every comparison once more, in plain loops."""
    evaluation = work(PixelInference())
    made = await evaluation.templates(ROWS)
    found = evaluation.judge(made).of(Condition.MASKED_PROBE)
    mated, others = [], []
    for one, (subject, reference) in enumerate(ROWS):
        for other, (shown, probe) in enumerate(ROWS):
            score = float(made.unmasked.references[reference].vector @ made.masked.references[probe].vector)
            if subject != shown and one < other:
                others.append(score)
            elif subject == shown and one != other:
                mated.append(score)
    for point in found.points:
        fmr, fnmr = point.kept
        assert fmr.errors == sum(score >= fmr.threshold for score in others)
        assert fnmr.errors == sum(score < fnmr.threshold for score in mated)
        assert point.own.errors == sum(score < point.own.threshold for score in mated)
        assert sum(score >= point.own.threshold for score in others) <= point.target * len(others)
    assert (len(mated), len(others)) == (found.mated, found.non_mated)
