import numpy as np
import pytest

from visavis.domain.decision import Measure
from visavis.domain.errors import ValueInvalid
from visavis.domain.template import ModelIdentity, Template, fuse
from visavis.evaluation.comparisons import TemplateSet
from visavis.evaluation.identification import Identification
from visavis.evaluation.multi_probe import MultiProbeDesign, _asked, _roles, search_multi_probe

MODEL = ModelIdentity(family="arcface", digest="0" * 64, contract="test", dimension=16)


def people(counts: list[int], seed: int = 0, spread: float = 1.4) -> tuple[TemplateSet, np.ndarray]:
    """Samples around a centre per subject, not sorted by subject."""
    rng = np.random.default_rng(seed)
    subjects = rng.permutation(np.repeat(np.arange(len(counts), dtype=np.int32), counts))
    centres = rng.standard_normal((len(counts), 16))
    features = centres[subjects] + spread * rng.standard_normal((len(subjects), 16))
    norms = np.linalg.norm(features, axis=1)
    weights = rng.uniform(0.9, 1.1, (len(subjects), 1))
    return TemplateSet(
        vectors=(weights * features / norms[:, None]).astype(np.float32), norms=norms
    ), subjects


class TestRoles:
    def test_they_are_disjoint_and_as_designed(self) -> None:
        _, subjects = people([1] * 10 + [3] * 10 + [9] * 20)
        design = MultiProbeDesign(probes=(1, 3), references=2, groups=2)
        roles = _roles(subjects, design, np.random.default_rng(0))
        places = np.concatenate([roles.references, roles.mated.ravel(), roles.non_mated.ravel()])
        assert len(np.unique(places)) == len(places)
        assert roles.mated.shape == roles.non_mated.shape == (20, 3)
        for groups in (roles.mated, roles.non_mated):
            assert (subjects[groups] == subjects[groups][:, :1]).all()
        enrolled = set(subjects[roles.references].tolist())
        assert set(subjects[roles.mated[:, 0]].tolist()) < enrolled
        assert not set(subjects[roles.non_mated[:, 0]].tolist()) & enrolled
        assert len(enrolled) == 30

    def test_probes_for_which_there_are_too_few_people_are_left_out(self) -> None:
        _, subjects = people([2] * 10 + [4] * 9)
        design = MultiProbeDesign(probes=(1, 3, 5)).within(subjects)
        assert design is not None
        assert design.probes == (1,)
        assert MultiProbeDesign(probes=(5,)).within(subjects) is None

    def test_nobody_has_enough(self) -> None:
        templates, subjects = people([2] * 10)
        with pytest.raises(ValueInvalid):
            search_multi_probe(templates, subjects, MultiProbeDesign(probes=(3,)))

    @pytest.mark.parametrize(
        "wrong", [{"probes": ()}, {"probes": (0,)}, {"references": 0}, {"left_out": 0.0}, {"left_out": 1.0}]
    )
    def test_nonsense_is_refused(self, wrong: dict[str, object]) -> None:
        with pytest.raises(ValueInvalid):
            MultiProbeDesign(**wrong)  # type: ignore[arg-type]


def test_probes_are_fused_as_the_product_fuses_them() -> None:
    templates, subjects = people([6, 6])
    assert templates.norms is not None
    places = np.flatnonzero(subjects == 1)[:3].astype(np.int32)
    fused = _asked(templates, subjects, places[None, :])
    expected = fuse(
        [Template(vector=templates.vectors[p], norm=float(templates.norms[p]), model=MODEL) for p in places]
    )
    assert fused.templates.vectors[0] == pytest.approx(expected.vector, abs=1e-6)
    assert fused.templates.norms is not None
    assert fused.templates.norms[0] == pytest.approx(expected.norm)
    assert fused.subjects.tolist() == [1]


@pytest.mark.parametrize("measure", list(Measure))
def test_more_photos_find_more(measure: Measure) -> None:
    templates, subjects = people([1] * 50 + [8] * 60)
    one, three, five = search_multi_probe(templates, subjects, MultiProbeDesign(), measure)
    assert one.subjects.tolist() == three.subjects.tolist() == five.subjects.tolist()
    assert one.gallery == three.gallery == 80
    hits = [Identification(found).hit_rate().value for found in (one, three, five)]
    if measure is Measure.COSINE:
        assert hits[0] + 0.1 < hits[1] < hits[2]


def test_a_probe_of_one_is_the_beginning_of_one_of_more() -> None:
    templates, subjects = people([1] * 10 + [8] * 20)
    (alone,) = search_multi_probe(templates, subjects, MultiProbeDesign(probes=(5,)))
    both = search_multi_probe(templates, subjects, MultiProbeDesign(probes=(1, 5)))
    assert both[1].scores.tolist() == alone.scores.tolist()
    assert both[0].scores.tolist() != alone.scores.tolist()
