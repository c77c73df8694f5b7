"""1:1 of one template against several, each decided by a policy and recorded."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.application.beside import Grounds
from visavis.application.consent import require_consent
from visavis.application.ports.clock import Clock
from visavis.application.ports.store import Store
from visavis.application.probe import Probe
from visavis.application.record import Record
from visavis.application.verify import Verification
from visavis.domain.decision import Calibration, Decision, compare
from visavis.domain.errors import ReferenceNotFound
from visavis.domain.event import Origin
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Policy
from visavis.domain.subject import Reference, ReferenceId, SubjectId, TenantId
from visavis.domain.template import Template, require_same_model


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """Templates that were compared with something: of faces that were seen, or sent as they are."""

    template: Template
    probe: Probe | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePairs:
    """Nothing is kept but the record of each decision."""

    store: Store
    tenant: TenantId
    calibration: Calibration
    policy: Policy
    record: Record
    clock: Clock

    async def reference(self, gallery: Gallery, reference_id: ReferenceId) -> tuple[Reference, str]:
        """A reference of this gallery that may be compared with, and its subject's name.

        Raises `ReferenceNotFound`, `ConsentMissing`.
        """
        async with self.store.transaction(self.tenant) as work:
            kept = await work.references.get(reference_id)
            if kept.gallery_id != gallery.id:
                raise ReferenceNotFound
            await require_consent(work, gallery, kept.subject_id, self.clock.now())
            names = await work.subjects.names([kept.subject_id])
        if kept.subject_id not in names:
            raise ReferenceNotFound
        return kept, names[kept.subject_id]

    async def __call__(
        self,
        gallery: Gallery | None,
        one: Compared,
        others: Sequence[Compared],
        origin: Origin,
        *,
        subject_id: SubjectId | None = None,
        reference_id: ReferenceId | None = None,
    ) -> list[Decision]:
        """A decision for each of the others, in order; `gallery` and identifiers say what `one` is, if it is kept.

        Raises `ModelMismatch`.
        """
        for other in others:
            require_same_model(self.calibration.model, other.template.model)
        decided = [self._decision(one.template, other.template) for other in others]
        results = [
            Verification(
                decision=decision,
                probe=other.probe,
                reference=one.probe,
                reference_id=reference_id,
                subject_id=subject_id,
            )
            for other, decision in zip(others, decided, strict=True)
        ]
        rows = [self.record.row(gallery, result, origin) for result in results]
        grounds = {row.id: Grounds.verified(result) for row, result in zip(rows, results, strict=True)}
        if rows:
            async with self.store.transaction(self.tenant) as work:
                await self.record.write(work, gallery, rows, grounds)
        return decided

    def _decision(self, one: Template, other: Template) -> Decision:
        score = compare(other, one, self.policy.measure)
        return self.policy.decide_verification(score, self.calibration)
