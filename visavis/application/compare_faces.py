"""1:1 by the caller's own rule: the largest face of one picture against every face of another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from visavis.application.ports.inference import Inference
from visavis.application.ports.store import Store
from visavis.application.probe import Probe
from visavis.application.record import Record
from visavis.application.search_references import Rule
from visavis.application.verify import Verification
from visavis.domain.decision import Calibration, Decision, FalseMatchRate, Measure, Outcome, compare
from visavis.domain.errors import NoFace
from visavis.domain.event import Origin
from visavis.domain.sample import Sample
from visavis.domain.subject import TenantId
from visavis.engine.assess import QualityGate

MOST_FACES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComparedFace:
    sample: Sample
    fmr: FalseMatchRate
    matches: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceComparison:
    """The face that was asked about, and those of the other picture, the most alike first."""

    source: Sample
    faces: tuple[ComparedFace, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareFaces:
    """Nothing is kept of the pictures; every comparison is a decision and audited."""

    store: Store
    tenant: TenantId
    inference: Inference
    calibration: Calibration
    measure: Measure
    record: Record

    async def __call__(
        self, source: bytes, target: bytes, rule: Rule, *, gate: QualityGate, origin: Origin
    ) -> FaceComparison:
        """Raises `NoFace` unless both pictures show a face that passes the gate, and what decoding raises."""
        (asked,) = await self._probes(source, gate, 1)
        others = await self._probes(target, gate, MOST_FACES)
        decided = [self._decision(asked, other, rule) for other in others]
        rows = [
            self.record.row(None, Verification(decision=decision, probe=other, reference=asked), origin)
            for other, decision in zip(others, decided, strict=True)
        ]
        async with self.store.transaction(self.tenant) as work:
            await self.record.write(work, None, rows)
        faces = [
            ComparedFace(
                sample=other.sample,
                fmr=decision.fmr or FalseMatchRate(value=1.0),
                matches=decision.outcome is Outcome.MATCH,
            )
            for other, decision in zip(others, decided, strict=True)
        ]
        return FaceComparison(
            source=asked.sample, faces=tuple(sorted(faces, key=lambda face: face.fmr.value))
        )

    async def _probes(self, picture: bytes, gate: QualityGate, most: int) -> Sequence[Probe]:
        found = await self.inference.samples(picture, gate=gate)
        samples = [one for one in found if isinstance(one, Sample)][:most]
        if not samples:
            raise NoFace
        templates = await self.inference.templates(samples, flip=True)
        return [Probe(sample=one, template=made) for one, made in zip(samples, templates, strict=True)]

    def _decision(self, asked: Probe, other: Probe, rule: Rule) -> Decision:
        score = compare(other.template, asked.template, self.measure)
        fmr = self.calibration.fmr_at(score.value)
        return Decision(
            outcome=Outcome.MATCH if fmr.value <= rule.fmr else Outcome.NON_MATCH,
            score=score,
            fmr=fmr,
            threshold=self.calibration.threshold_at(min(max(rule.fmr, 1e-9), 0.5)),
            policy=rule.name,
        )
