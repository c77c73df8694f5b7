import math

import numpy as np
import pytest

from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import Resampling
from visavis.evaluation.pad import BONA_FIDE, AttackDetection, PresentationSet
from visavis.evaluation.rates import wilson_interval


def presentations(
    bona_fide: list[float], subjects: list[str] | None = None, **attacks: list[float]
) -> PresentationSet:
    labels = [BONA_FIDE] * len(bona_fide) + [name for name, scores in attacks.items() for _ in scores]
    scores = np.array([*bona_fide, *(score for scores in attacks.values() for score in scores)])
    return PresentationSet(labels=tuple(labels), scores=scores, subjects=tuple(subjects or ()))


class TestByHand:
    """Ten bona fide presentations, four prints, two masks, and three without a response."""

    detection = AttackDetection(
        presentations(
            [0.95, 0.9, 0.85, 0.8, 0.7, 0.65, 0.6, 0.55, 0.4, 0.2, math.nan],
            print=[0.1, 0.3, 0.5, 0.75, math.nan, math.nan],
            mask=[0.6, 0.9],
        )
    )

    def test_rates_at_a_threshold(self) -> None:
        point = self.detection.at(0.6)
        assert point.bpcer.value == pytest.approx(0.3)
        assert {one.species: one.apcer.value for one in point.apcer} == {"mask": 1.0, "print": 0.25}
        assert (point.worst.species, point.acer) == ("mask", pytest.approx(0.65))
        assert (point.bpcer.errors, point.bpcer.trials) == (3, 10)

    def test_a_score_at_the_threshold_is_bona_fide(self) -> None:
        assert self.detection.at(0.9).worst.apcer.value == 0.5
        assert self.detection.at(np.nextafter(0.9, 1)).worst.apcer.value == 0.0

    def test_those_without_a_response_are_counted_apart(self) -> None:
        bona_fide, mask, printed = self.detection.presented()
        assert [one.label for one in (bona_fide, mask, printed)] == [BONA_FIDE, "mask", "print"]
        assert bona_fide.non_response.value == pytest.approx(1 / 11)
        assert printed.non_response.value == pytest.approx(1 / 3)
        assert mask.non_response.value == 0.0
        assert bona_fide.subjects is None

    def test_threshold_at_bpcer(self) -> None:
        point = self.detection.at_bpcer(0.2)
        assert (point.threshold, point.bpcer.value) == (0.55, pytest.approx(0.2))
        point = self.detection.at_bpcer(0.05)
        assert (point.threshold, point.bpcer.value) == (0.2, 0.0)

    def test_threshold_at_apcer_is_kept_by_every_species(self) -> None:
        point = self.detection.at_apcer(0.5)
        assert point.name == "BPCER2"
        assert {one.species: one.apcer.value for one in point.apcer} == {"mask": 0.5, "print": 0.25}
        assert point.threshold == np.nextafter(0.6, 1)
        assert point.bpcer.value == pytest.approx(0.4)
        assert self.detection.at_apcer(0.1).worst.apcer.value == 0.0

    def test_curves_run_from_all_passing_to_none(self) -> None:
        for curve in self.detection.curves():
            assert (curve.bpcer[0], curve.apcer[0]) == (0.0, 1.0)
            assert (curve.bpcer[-1], curve.apcer[-1]) == (1.0, 0.0)
            assert (np.diff(curve.bpcer) >= 0).all()
            assert (np.diff(curve.apcer) <= 0).all()

    def test_without_subjects_a_given_threshold_has_wilsons_interval(self) -> None:
        rate = self.detection.at(0.6).bpcer
        assert (rate.low, rate.high) == pytest.approx(wilson_interval(3, 10))


def study(seed: int, people: int = 40, each: int = 10, spread: float = 1.0) -> PresentationSet:
    """Half of the variance is the person's."""
    rng = np.random.default_rng(seed)
    names = np.repeat([f"s{n}" for n in range(people)], each)
    own = np.repeat(spread * rng.standard_normal(people), each)
    genuine = 1.5 + own + rng.standard_normal(people * each)
    attacks = -1.5 - own + rng.standard_normal(people * each)
    return PresentationSet(
        labels=(BONA_FIDE,) * len(names) + ("print",) * len(names),
        scores=np.concatenate([genuine, attacks]),
        subjects=(*names, *names),
    )


def test_people_who_are_alike_make_intervals_wider() -> None:
    given = study(1)
    alone = PresentationSet(labels=given.labels, scores=given.scores)
    known, unknown = (AttackDetection(one).at(0.0).bpcer for one in (given, alone))
    assert known.value == unknown.value
    assert known.high - known.low > 1.5 * (unknown.high - unknown.low)


def test_intervals_hold_the_truth() -> None:
    """BPCER at 0 is Φ(-1.5 / √2) = 0.1444; of 40 studies about 38 intervals hold it, hardly ever fewer than 33."""
    held = 0
    for seed in range(40):
        rate = AttackDetection(study(seed), Resampling(replicates=200)).at(0.0).bpcer
        held += rate.low <= 0.14442 <= rate.high
    assert held >= 33


def test_a_threshold_that_was_asked_for_is_set_anew_in_every_draw() -> None:
    point = AttackDetection(study(1)).at_bpcer(0.05)
    fixed = AttackDetection(study(1)).at(point.threshold)
    assert point.bpcer.value == fixed.bpcer.value <= 0.05
    assert point.bpcer.high <= 0.0501 < fixed.bpcer.high
    assert point.worst.apcer.high > point.worst.apcer.value > point.worst.apcer.low


def test_no_error_is_not_a_rate_of_zero() -> None:
    point = AttackDetection(presentations([1.0] * 20, print=[0.0] * 30)).at(0.5)
    assert point.worst.apcer.value == 0.0
    assert point.worst.apcer.high >= 0.1
    assert not point.worst.apcer.supported
    clustered = AttackDetection(
        presentations([1.0] * 20, ["a"] * 10 + ["b"] * 10 + ["c"] * 30, print=[0.0] * 30)
    )
    assert clustered.at(0.5).worst.apcer.high == 1.0  # one person shown thirty times is one person


def test_the_same_seed_gives_the_same_intervals() -> None:
    one, other = (AttackDetection(study(2)).at_apcer(0.05) for _ in range(2))
    assert one == other


def test_sets_that_say_nothing_are_refused() -> None:
    with pytest.raises(ValueInvalid, match="no attack"):
        presentations([1.0, 0.5])
    with pytest.raises(ValueInvalid, match="no attack"):
        presentations([1.0, 0.5], print=[math.nan])
    with pytest.raises(ValueInvalid, match="no bona fide"):
        presentations([math.nan], print=[0.5])
    with pytest.raises(ValueInvalid, match="finite"):
        presentations([math.inf], print=[0.5])
    with pytest.raises(ValueInvalid, match="subjects or none"):
        presentations([1.0], ["a"], print=[0.5])


def test_a_species_without_any_response_has_no_apcer_but_is_counted() -> None:
    detection = AttackDetection(presentations([1.0, 0.9], print=[0.1], mask=[math.nan]))
    assert [one.species for one in detection.at(0.5).apcer] == ["print"]
    assert detection.presented()[1].non_response.value == 1.0


@pytest.mark.parametrize("threshold", [math.nan, math.inf])
def test_a_threshold_is_a_number(threshold: float) -> None:
    with pytest.raises(ValueInvalid, match="finite"):
        TestByHand.detection.at(threshold)


def test_one_person_says_nothing_about_others() -> None:
    given = presentations([1.0] * 20, ["a"] * 10 + ["b"] * 10 + ["c"] * 30, print=[0.0] * 15 + [1.0] * 15)
    worst = AttackDetection(given).at(0.5).worst.apcer
    assert (worst.low, worst.high) == (0.0, 1.0)


def test_nothing_but_errors_is_not_a_rate_of_one() -> None:
    alone = AttackDetection(presentations([1.0] * 20, print=[1.0] * 30)).at(0.5).worst.apcer
    assert (alone.low, alone.high) == (pytest.approx(wilson_interval(30, 30)[0]), 1.0)
    names = [f"s{n}" for n in range(50)]
    known = AttackDetection(presentations([1.0] * 20, names, print=[1.0] * 30)).at(0.5).worst.apcer
    assert (known.low, known.high) == (pytest.approx(1 - 3 / 30), 1.0)


def test_where_a_species_was_not_drawn_there_is_no_threshold() -> None:
    """Masks set the threshold, by one person; in a third of the draws she is missing, which is not a BPCER of 0."""
    rng = np.random.default_rng(3)
    given = presentations(
        list(rng.normal(0.5, 0.1, 200)),
        [*(f"s{n}" for n in range(200)), *(f"p{n}" for n in range(100)), *["q"] * 50],
        print=[-1.0] * 100,
        mask=[0.5] * 50,
    )
    rate = AttackDetection(given).at_apcer(0.05).bpcer
    assert 0.4 < rate.low < rate.value < rate.high < 0.6


def test_a_target_is_supported_by_the_presentations_that_decide_it() -> None:
    scores = np.linspace(0.0, 1.0, 600)
    detection = AttackDetection(
        presentations(list(scores), print=list(scores), mask=list(scores[::2])), Resampling(replicates=20)
    )
    assert detection.at_bpcer(0.05).bpcer.supported  # 30 of 600
    assert not detection.at_bpcer(0.049).worst.apcer.supported  # 29, although hundreds of attacks pass
    assert detection.at_apcer(0.1).bpcer.supported  # 30 of 300
    assert not detection.at_apcer(0.05).bpcer.supported
