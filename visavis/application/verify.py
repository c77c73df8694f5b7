"""1:1: is this the same human?"""

from dataclasses import dataclass

from visavis.application.consent import require_consent
from visavis.application.denying import Looks
from visavis.application.ports.clock import Clock
from visavis.application.ports.inference import Inference
from visavis.application.ports.store import Store
from visavis.application.probe import Probe, take_probe
from visavis.application.search import best_score
from visavis.domain.decision import Calibration, Decision, compare
from visavis.domain.errors import SubjectNotFound
from visavis.domain.frame import Frame
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Policy
from visavis.domain.subject import ReferenceId, SubjectId, TenantId
from visavis.domain.template import Template, require_same_model
from visavis.engine.assess import PROBE_GATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The decision, with the faces it rests on; `probe` is `None` where a template was sent.

    `reference` and identifiers as far as there are any; `subject_id` is that of the claim, whatever was decided.
    """

    decision: Decision
    probe: Probe | None
    reference: Probe | None = None
    reference_id: ReferenceId | None = None
    subject_id: SubjectId | None = None
    searched: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """Compares two pictures of one face each. Nothing is kept."""

    inference: Inference
    calibration: Calibration
    policy: Policy

    async def __call__(
        self, reference: bytes | Frame, probe: bytes | Frame, *, largest: bool = False
    ) -> Verification:
        """Raises `NoFace`, `ManyFaces`, `QualityTooLow` and what decoding raises."""
        self.policy.require_calibrated_for(self.calibration, self.inference.model)
        one = await take_probe(reference, self.inference, gate=PROBE_GATE, largest=largest, flip=True)
        other = await take_probe(probe, self.inference, gate=PROBE_GATE, largest=largest, flip=True)
        return Verification(decision=self.templates(one.template, other.template), probe=other, reference=one)

    def templates(self, reference: Template, probe: Template) -> Decision:
        """The decision for two templates of the calibrated model; raises `ModelMismatch`."""
        require_same_model(self.calibration.model, probe.model)
        score = compare(probe, reference, self.policy.measure)
        return self.policy.decide_verification(score, self.calibration)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifySubject:
    """Compares a picture with the references of an enrolled subject, under the gallery's policy."""

    store: Store
    tenant: TenantId
    inference: Inference
    calibration: Calibration
    clock: Clock

    async def __call__(
        self, gallery: Gallery, name: str, probe: bytes | Frame, *, largest: bool = False
    ) -> Verification:
        """Raises `SubjectNotFound` if the subject has no reference in this gallery, `ConsentMissing`, and as `Verify`
        does."""
        require_same_model(gallery.model, self.inference.model)
        taken = await take_probe(probe, self.inference, gate=PROBE_GATE, largest=largest, flip=True)
        return await self.claim(gallery, name, taken.template, taken)

    async def claim(
        self, gallery: Gallery, name: str, template: Template, probe: Probe | None = None
    ) -> Verification:
        """The same for a template. Raises `ModelMismatch`, too."""
        gallery.policy.require_calibrated_for(self.calibration, gallery.model)
        require_same_model(gallery.model, template.model)
        async with self.store.transaction(self.tenant) as work:
            subject = await work.subjects.by_name(name)
            await require_consent(work, gallery, subject.id, self.clock.now())
            kept = await work.references.of_subjects(gallery.id, [subject.id])
            looks = Looks.of(await work.denials.of(gallery.id, [subject.id]), gallery, self.calibration)
        references = kept.get(subject.id)
        if not references:
            raise SubjectNotFound("This subject is not enrolled in this gallery.")
        score, reference_id = best_score(template, references, gallery.policy.measure)
        return Verification(
            decision=gallery.policy.decide_verification(
                score, self.calibration, denied=looks.deny(subject.id, template, score)
            ),
            probe=probe,
            reference_id=reference_id,
            subject_id=subject.id,
            searched=len(references),
        )
