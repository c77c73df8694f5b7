import numpy as np
import pytest

from tests.unit.evaluation.searching import search_open_set
from visavis.domain.decision import Measure
from visavis.domain.errors import ValueInvalid
from visavis.domain.template import ModelIdentity, Template, fuse
from visavis.evaluation.bootstrap import Resampling
from visavis.evaluation.comparisons import TemplateSet
from visavis.evaluation.identification import Identification
from visavis.evaluation.open_set import (
    Draw,
    OpenSetDesign,
    Rows,
    SearchSet,
    gallery_rows,
    make_draw,
    search_draw,
)

MODEL = ModelIdentity(family="arcface", digest="0" * 64, contract="test", dimension=16)


def people(counts: list[int], seed: int = 0, spread: float = 0.9) -> tuple[TemplateSet, np.ndarray]:
    """Samples around a centre per subject, not sorted by subject."""
    rng = np.random.default_rng(seed)
    subjects = rng.permutation(np.repeat(np.arange(len(counts), dtype=np.int32), counts))
    centres = rng.standard_normal((len(counts), 16))
    features = centres[subjects] + spread * rng.standard_normal((len(subjects), 16))
    norms = np.linalg.norm(features, axis=1)
    return TemplateSet(vectors=(features / norms[:, None]).astype(np.float32), norms=norms), subjects


def searches(
    scores: list[float], ranks: list[int], top: list[float], *, subjects: list[int] | None = None
) -> SearchSet:
    return SearchSet(
        scores=np.array(scores, np.float32),
        ranks=np.array(ranks, np.int32),
        subjects=np.array(subjects or range(len(scores)), np.int32),
        top=np.array(top, np.float32),
        non_mated_subjects=np.arange(100, 100 + len(top), dtype=np.int32),
        gallery=10.0,
        searched=10.0,
        references=10.0,
    )


class TestDraw:
    counts = [1] * 20 + [2] * 20 + [5] * 20

    def test_roles_are_disjoint_and_as_designed(self) -> None:
        _, subjects = people(self.counts)
        design = OpenSetDesign(references=3, probes=2, left_out=0.25)
        draw = make_draw(subjects, design, np.random.default_rng(1))
        places = np.concatenate([draw.references, draw.mated, draw.non_mated])
        assert len(np.unique(places)) == len(places)
        enrolled, kept = np.unique(subjects[draw.references], return_counts=True)
        assert len(enrolled) == 30
        assert all(
            count == (3 if self.counts[number] == 5 else 1)
            for number, count in zip(enrolled, kept, strict=True)
        )
        asked, probes = np.unique(subjects[draw.mated], return_counts=True)
        assert set(asked) == {number for number in enrolled if self.counts[number] == 5}
        assert set(probes) == {2}
        assert not set(subjects[draw.non_mated]) & set(enrolled)
        assert set(subjects[draw.non_mated]) | set(enrolled) == set(subjects)

    def test_draws_differ_and_repeat_by_seed(self) -> None:
        templates, subjects = people(self.counts)
        one = search_open_set(templates, subjects, OpenSetDesign(draws=2, seed=1))
        same = search_open_set(templates, subjects, OpenSetDesign(draws=2, seed=1))
        other = search_open_set(templates, subjects, OpenSetDesign(draws=2, seed=2))
        assert one.scores.tolist() == same.scores.tolist() != other.scores.tolist()
        assert one.gallery == 40

    def test_designs_with_one_reserve_ask_the_same_probes(self) -> None:
        _, subjects = people(self.counts)
        one, three = (
            make_draw(subjects, OpenSetDesign(references=count, reserve=3), np.random.default_rng(5))
            for count in (1, 3)
        )
        assert one.mated.tolist() == three.mated.tolist()
        assert one.non_mated.tolist() == three.non_mated.tolist()
        assert set(one.references) < set(three.references)
        assert len(one.mated) == 20 * 2
        assert not set(three.references) & set(three.mated)
        with pytest.raises(ValueInvalid):
            OpenSetDesign(references=3, reserve=2)

    def test_nobody_has_more_than_the_reserve(self) -> None:
        _, subjects = people([1, 1, 4, 4])
        with pytest.raises(ValueInvalid):
            make_draw(subjects, OpenSetDesign(references=1, reserve=4), np.random.default_rng(0))

    def test_nobody_to_enrol_or_nobody_left_out(self) -> None:
        rng = np.random.default_rng(0)
        for counts in ([1, 1], [3, 3]):
            _, subjects = people(counts)
            with pytest.raises(ValueInvalid):
                make_draw(subjects, OpenSetDesign(), rng)
        with pytest.raises(ValueInvalid):
            OpenSetDesign(left_out=1.0)


class TestSearch:
    @pytest.mark.parametrize("measure", list(Measure))
    @pytest.mark.parametrize("rows", list(Rows))
    def test_against_loops(self, rows: Rows, measure: Measure) -> None:
        templates, subjects = people([1] * 6 + [4] * 8, spread=1.2)
        draw = make_draw(subjects, OpenSetDesign(references=2), np.random.default_rng(2))
        found = search_draw(templates, subjects, draw, rows, measure)

        def features(place: int) -> np.ndarray:
            return templates.vectors[place].astype(float) * (templates.norms[place] if euclidean else 1.0)

        def similarity(one: np.ndarray, two: np.ndarray) -> float:
            return 1 - float(np.linalg.norm(one - two)) if euclidean else float(one @ two)

        euclidean = measure is Measure.EUCLIDEAN
        gallery: dict[int, list[np.ndarray]] = {}
        for number in np.unique(subjects[draw.references]):
            own = [place for place in draw.references if subjects[place] == number]
            mean = templates.vectors[own].astype(float).mean(axis=0)
            mean *= (templates.norms[own].mean() if euclidean else 1.0) / np.linalg.norm(mean)
            singles = [features(place) for place in own]
            gallery[int(number)] = {
                Rows.SINGLE: singles[:1],
                Rows.MEAN: [mean],
                Rows.MAX: singles,
                Rows.BOTH: [*singles, mean],
            }[rows]
        for place, score, rank in zip(draw.mated, found.scores, found.ranks, strict=True):
            best = {key: max(similarity(features(place), row) for row in its) for key, its in gallery.items()}
            own = best[int(subjects[place])]
            assert score == pytest.approx(own, abs=1e-5)
            assert rank == 1 + sum(other > own for other in best.values())
        for place, top in zip(draw.non_mated, found.top, strict=True):
            best_of_all = max(similarity(features(place), row) for its in gallery.values() for row in its)
            assert top == pytest.approx(best_of_all, abs=1e-5)
        assert found.searched == sum(map(len, gallery.values()))
        with_a_mean = sum(len(of_one) > 2 for of_one in gallery.values()) if rows is Rows.BOTH else 0
        assert found.references == found.searched - with_a_mean

    def test_the_mean_row_is_the_domains_fused_template(self) -> None:
        templates, _ = people([3])
        single = [
            Template(vector=vector, norm=float(norm), model=MODEL)
            for vector, norm in zip(templates.vectors, templates.norms, strict=True)
        ]
        means, owners = gallery_rows(templates, np.zeros(3, np.int32), Rows.MEAN)
        assert owners.tolist() == [0]
        assert means.vectors[0] == pytest.approx(fuse(single).vector, abs=1e-6)
        assert means.norms[0] == pytest.approx(fuse(single).norm)

    def test_both_does_not_repeat_a_single_reference(self) -> None:
        templates, _ = people([1, 2])
        owners = np.array([4, 2, 4], np.int32)
        rows, whose = gallery_rows(templates, owners, Rows.BOTH)
        assert whose.tolist() == [2, 4, 4, 4]
        assert rows.vectors[0].tolist() == templates.vectors[1].tolist()

    def test_equal_scores_of_others_count_as_ahead(self) -> None:
        vectors = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], np.float32)
        draw = Draw(references=np.array([0, 1]), mated=np.array([2]), non_mated=np.array([3]))
        found = search_draw(TemplateSet(vectors=vectors), np.array([0, 1, 0, 2], np.int32), draw, Rows.BOTH)
        assert found.ranks.tolist() == [2]


class TestIdentification:
    found = searches([0.9, 0.8, 0.7, 0.3], [1, 1, 2, 1], [0.6, 0.5, 0.4, 0.2, 0.1])

    def test_rates_by_hand(self) -> None:
        rates = Identification(self.found)
        assert rates.threshold_at_fpir(0.2) == pytest.approx(0.5, abs=1e-6)
        assert rates.fpir_at(0.5).value == pytest.approx(0.4)
        assert rates.fnir_at(0.5).value == pytest.approx(0.5)  # one too low, one behind somebody else
        assert rates.fnir_at(0.5, rank=2).value == pytest.approx(0.25)
        assert rates.fnir_at_fpir(0.2).value == pytest.approx(0.5)
        assert rates.fnir_at_fpir(0.2, rank=2).errors == 1
        assert rates.cmc(3) == (0.75, 1.0, 1.0)
        assert rates.hit_rate(1).value == pytest.approx(0.75)
        assert rates.hit_rate(1).low <= 0.75 <= rates.hit_rate(1).high

    def test_failures_are_missed_everywhere(self) -> None:
        rates = Identification(self.found.with_failures(np.array([0, 1, 2, 3], np.int32)))
        assert rates.fnir_at(-5.0, rank=99).value == 0.5
        assert rates.cmc(50)[-1] == 0.5

    def test_no_error_has_an_upper_bound(self) -> None:
        rates = Identification(searches([0.9] * 60, [1] * 60, [0.1] * 30))
        assert rates.fnir_at(0.5).high == pytest.approx(3 / 60)
        assert rates.fpir_at(0.5).high == pytest.approx(3 / 30)

    def test_searches_of_one_person_say_nothing_about_others(self) -> None:
        one = Identification(searches([0.9] * 30 + [0.1] * 30, [1] * 60, [0.1] * 30, subjects=[7] * 60))
        assert (one.fnir_at(0.5).low, one.fnir_at(0.5).high) == (0.0, 1.0)

    def test_nothing_but_errors_has_a_lower_bound(self) -> None:
        rates = Identification(searches([0.1] * 60, [1] * 60, [0.1] * 30))
        assert (rates.fnir_at(0.5).low, rates.fnir_at(0.5).high) == (pytest.approx(1 - 3 / 60), 1.0)

    def test_in_an_empty_gallery_nobody_is_found(self) -> None:
        templates, subjects = people([1, 1])
        nobody = np.empty(0, np.int32)
        draw = Draw(references=nobody, mated=nobody, non_mated=np.arange(2, dtype=np.int32))
        found = search_draw(templates, subjects, draw, Rows.BOTH)
        assert np.isneginf(found.top).all()
        assert (len(found.scores), found.gallery, found.references) == (0, 0, 0)

    def test_nothing_to_measure(self) -> None:
        with pytest.raises(ValueInvalid):
            Identification(searches([], [], [0.5]))
        with pytest.raises(ValueInvalid):
            Identification(self.found).threshold_at_fpir(0.0)

    def test_replicates_against_loops(self) -> None:
        rng = np.random.default_rng(3)
        owners = np.repeat(np.arange(30), 3).astype(np.int32)
        mated = searches(
            (0.5 + 0.2 * rng.standard_normal(90)).tolist(),
            rng.integers(1, 3, 90).tolist(),
            (0.2 + 0.1 * rng.standard_normal(40)).tolist(),
            subjects=owners.tolist(),
        )
        resampling = Resampling(replicates=50, seed=1)
        naive = []
        for drawn in resampling.weights(140).astype(int):
            kept, others = np.repeat(np.arange(90), drawn[owners]), np.repeat(np.arange(40), drawn[100:])
            again = Identification(
                searches(mated.scores[kept].tolist(), mated.ranks[kept].tolist(), mated.top[others].tolist())
            )
            threshold = again.threshold_at_fpir(0.1)
            naive.append(float(((mated.ranks[kept] > 1) | (mated.scores[kept] < threshold)).mean()))
        result = Identification(mated).fnir_at_fpir(0.1, resampling=resampling)
        assert (result.low, result.high) == pytest.approx(tuple(np.percentile(naive, [2.5, 97.5])))


def test_the_curve_has_both_rates_at_each_threshold() -> None:
    found = searches([0.9, 0.6, 0.3, 0.8], [1, 1, 1, 2], [0.1, 0.2, 0.4, 0.7])
    curve = Identification(found).curve(50)
    assert (np.diff(curve.thresholds) > 0).all()
    for threshold, fpir, fnir in zip(curve.thresholds, curve.fpir, curve.fnir, strict=True):
        assert fpir == (found.top >= threshold).mean()
        assert fnir == ((found.scores < threshold) | (found.ranks > 1)).mean()
    assert curve.fpir.tolist() == [0.75, 0.5, 0.25]
