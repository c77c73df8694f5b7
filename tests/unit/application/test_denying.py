"""What decisions ask the store about looks that were denied, and how often."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import numpy as np

from tests.unit.application.fakes import DIMENSION, MODEL, calibration
from visavis.application.denying import NO_LOOKS, KnownDenials, Looks
from visavis.application.ports.store import UnitOfWork
from visavis.domain.correction import CorrectionId, Denial, DenialId
from visavis.domain.decision import ComparisonScore
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.policy import Policy
from visavis.domain.subject import GalleryId, SubjectId
from visavis.domain.template import Template

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ADA, BOB = SubjectId(uuid.UUID(int=1)), SubjectId(uuid.UUID(int=2))
GALLERY = Gallery(
    id=GalleryId(uuid.UUID(int=3)),
    name="staff",
    purpose=Purpose.GENERAL,
    pack="words",
    model=MODEL,
    policy=Policy(),
    created_at=NOW,
)


def along(axis: int) -> Template:
    return Template.of(np.eye(DIMENSION, dtype=np.float32)[axis], MODEL)


@dataclass
class Asked:
    """Implements `Denials`, and remembers what it was asked."""

    kept: dict[SubjectId, list[Denial]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def subjects(self, gallery_id: GalleryId) -> frozenset[SubjectId]:
        assert gallery_id == GALLERY.id
        self.asked.append("subjects")
        return frozenset(self.kept)

    async def of(self, gallery_id: GalleryId, ids: Sequence[SubjectId]) -> dict[SubjectId, list[Denial]]:
        assert gallery_id == GALLERY.id
        self.asked.append("looks")
        return {one: self.kept[one] for one in ids if one in self.kept}

    def look(self, known: KnownDenials, viewed: int, *candidates: SubjectId) -> Looks:
        work = cast("UnitOfWork", SimpleNamespace(denials=self))
        return asyncio.run(known(work, GALLERY, viewed, candidates, calibration()))


def a_denial(axis: int) -> Denial:
    return Denial(
        id=DenialId(uuid.uuid4()),
        correction_id=CorrectionId(uuid.uuid4()),
        gallery_id=GALLERY.id,
        subject_id=ADA,
        template=along(axis),
        created_at=NOW,
    )


def test_where_nobody_denied_anything_a_search_asks_once_and_never_again() -> None:
    store, known = Asked(), KnownDenials()
    for _ in range(5):
        assert store.look(known, 7, ADA, BOB) is NO_LOOKS
    assert store.asked == ["subjects"]


def test_looks_are_read_for_candidates_of_whom_there_are_any() -> None:
    store, known = Asked(kept={ADA: [a_denial(0)]}), KnownDenials()
    assert store.look(known, 7, BOB) is NO_LOOKS
    looks = store.look(known, 7, ADA, BOB)
    assert store.asked == ["subjects", "looks"]
    half = ComparisonScore(value=0.5, measure=GALLERY.policy.measure)
    assert looks.deny(ADA, along(0), half)
    assert not looks.deny(ADA, along(1), half)
    assert not looks.deny(BOB, along(0), half)


def test_what_was_denied_since_counts_when_the_gallery_has_changed() -> None:
    store, known = Asked(), KnownDenials()
    store.look(known, 7, ADA)
    store.kept[ADA] = [a_denial(0)]
    assert store.look(known, 8, ADA) is not NO_LOOKS
