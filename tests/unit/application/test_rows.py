"""The rows of a gallery against the definitions in the domain."""

import uuid
from datetime import UTC, datetime

import numpy as np
import pytest

from tests.unit.application.fakes import MODEL
from visavis.application.rows import SubjectRows
from visavis.application.search import best_score
from visavis.domain.decision import Measure
from visavis.domain.subject import GalleryId, Reference, ReferenceId, SubjectId
from visavis.domain.template import Template, fuse


def references(rng: np.random.Generator, count: int) -> list[Reference]:
    """Of one subject, with weights and lengths as they vary between photos."""
    base = rng.standard_normal(MODEL.dimension)
    templates = [
        Template.of(
            (base + rng.standard_normal(MODEL.dimension)).astype(np.float32) * 3,
            MODEL,
            weight=float(rng.uniform(0.85, 1.2)),
        )
        for _ in range(count)
    ]
    subject, gallery = SubjectId(uuid.uuid4()), GalleryId(uuid.uuid4())
    return [
        Reference(
            id=ReferenceId(uuid.uuid4()),
            subject_id=subject,
            gallery_id=gallery,
            template=template,
            photo=b"",
            created_at=datetime(2024, 1, 1, tzinfo=UTC),
        )
        for template in templates
    ]


def test_each_subject_has_its_references_and_their_mean() -> None:
    rng = np.random.default_rng(1)
    subjects = [references(rng, count) for count in (3, 1, 2, 1, 5)]
    rows = SubjectRows.of(subjects).split()
    assert [len(own) for own in rows] == [4, 1, 3, 1, 6]
    for own, kept in zip(rows, subjects, strict=True):
        templates = [reference.template for reference in kept]
        wanted = [*templates, fuse(templates)] if len(templates) > 1 else templates
        np.testing.assert_allclose(own, np.stack([one.vector for one in wanted]), atol=1e-6)


@pytest.mark.parametrize("measure", list(Measure))
def test_scores_are_those_that_decide(measure: Measure) -> None:
    rng = np.random.default_rng(2)
    subjects = [references(rng, count) for count in (1, 4, 2, 1)]
    rows = SubjectRows.of(subjects)
    for (probe,) in (references(rng, 1) for _ in range(20)):
        scores = rows.best_scores(probe.template, measure)
        wanted = [best_score(probe.template, kept, measure)[0].value for kept in subjects]
        np.testing.assert_allclose(scores, wanted, atol=2e-5)
