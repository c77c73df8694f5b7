"""Open-set searches the plain way: every draw of a design, one after the other."""

import numpy as np

from visavis.domain.decision import Measure
from visavis.evaluation.bootstrap import SubjectNumbers
from visavis.evaluation.comparisons import TemplateSet
from visavis.evaluation.open_set import OpenSetDesign, SearchSet, joined, make_draw, search_draw


def search_open_set(
    templates: TemplateSet,
    subjects: SubjectNumbers,
    design: OpenSetDesign,
    measure: Measure = Measure.COSINE,
    *,
    probes: TemplateSet | None = None,
) -> SearchSet:
    """What `SearchPlan` has to find where every photo gave a template."""
    rng = np.random.default_rng(design.seed)
    drawn = [make_draw(subjects, design, rng) for _ in range(design.draws)]
    found = [search_draw(templates, subjects, draw, design.rows, measure, probes=probes) for draw in drawn]
    return joined(found)
