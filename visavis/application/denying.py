"""Decisions that know of looks that were denied: one rule for searches and for verifications."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from visavis.application.ports.store import UnitOfWork
from visavis.domain.correction import Denial, is_denied
from visavis.domain.decision import Calibration, ComparisonScore, Measure, compare_all
from visavis.domain.gallery import Gallery
from visavis.domain.subject import GalleryId, SubjectId
from visavis.domain.template import Template


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Looks:
    """The looks that are not these subjects; `threshold` is the similarity of a comparison 1:1 under the policy."""

    denied: Mapping[SubjectId, Sequence[Template]] = field(default_factory=lambda: MappingProxyType({}))
    threshold: float = 1.0
    measure: Measure = Measure.COSINE

    @classmethod
    def of(
        cls, denials: Mapping[SubjectId, Sequence[Denial]], gallery: Gallery, calibration: Calibration
    ) -> "Looks":
        if not denials:
            return NO_LOOKS
        return cls(
            denied={subject: [one.template for one in some] for subject, some in denials.items()},
            threshold=calibration.threshold_at(gallery.policy.fmr).value,
            measure=gallery.policy.measure,
        )

    def deny(self, subject_id: SubjectId, probe: Template, score: ComparisonScore) -> bool:
        """Whether the probe shows somebody who was denied rather than the subject, which it resembles by `score`."""
        looks = self.denied.get(subject_id)
        if not looks:
            return False
        best = float(max(compare_all(probe, list(looks), self.measure)))
        return is_denied(score.value, best, self.threshold)


NO_LOOKS: Final = Looks()


@dataclass(slots=True, kw_only=True)
class KnownDenials:
    """Of whom looks were denied, by gallery: asked again only after the gallery changed, and looks are read only for
    candidates of whom there are any, so that a search costs nothing where nobody denied anything."""

    _known: dict[GalleryId, tuple[int, frozenset[SubjectId]]] = field(default_factory=dict)

    async def __call__(
        self,
        work: UnitOfWork,
        gallery: Gallery,
        viewed: int,
        candidates: Sequence[SubjectId],
        calibration: Calibration,
    ) -> Looks:
        """`viewed` is the sequence of the gallery's last change that was seen before this."""
        known = self._known.get(gallery.id)
        if known is None or known[0] != viewed:
            known = (viewed, await work.denials.subjects(gallery.id))
            self._known[gallery.id] = known
        concerned = [one for one in candidates if one in known[1]]
        if not concerned:
            return NO_LOOKS
        return Looks.of(await work.denials.of(gallery.id, concerned), gallery, calibration)
