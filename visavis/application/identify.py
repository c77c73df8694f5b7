"""1:N: who is this, if anybody?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

from visavis.application.ports.inference import Inference
from visavis.application.probe import Probe, take_probe, the_one
from visavis.application.search import GallerySearch
from visavis.domain.decision import Calibration, Candidate, CandidateList, Decision, compare
from visavis.domain.errors import ValueInvalid
from visavis.domain.frame import Frame
from visavis.domain.gallery import Gallery
from visavis.domain.sample import Rejection, Sample
from visavis.domain.subject import ReferenceId, SubjectId
from visavis.domain.template import Template, fuse
from visavis.engine.assess import PROBE_GATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """One face and what was decided about it; rejected faces have no decision and say why.

    `found` is `None` where the caller sent a template instead of a picture. `template` is what was searched, `picture`
    where the face was found; `fused`: it is of several pictures. `took_ms` is this face's share of the time for
    templates and search.
    """

    found: Sample | Rejection | None
    decision: Decision | None = None
    candidates: CandidateList | None = None
    quality: float | None = None
    template: Template | None = field(default=None, compare=False, repr=False)
    picture: bytes | Frame | None = field(default=None, compare=False, repr=False)
    fused: bool = field(default=False, compare=False, repr=False)
    took_ms: float | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Newcomer:
    """A subject that a moment ago was nobody, with its only reference."""

    subject_id: SubjectId
    name: str
    reference_id: ReferenceId
    template: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Identify:
    """Searches a gallery for the faces of a picture, under the gallery's policy."""

    inference: Inference
    search: GallerySearch
    calibration: Calibration

    async def __call__(
        self, gallery: Gallery, picture: bytes | Frame, *, limit: int = 5
    ) -> list[Identification]:
        """One result per face, largest first; empty if there is no face. Raises what decoding raises."""
        samples = await self.inference.samples(picture, gate=PROBE_GATE)
        results = await self.found(gallery, samples, limit=limit)
        return [replace(one, picture=picture) for one in results]

    async def found(
        self, gallery: Gallery, found: Sequence[Sample | Rejection], *, limit: int = 5
    ) -> list[Identification]:
        """The same for faces that were found already."""
        samples = [face for face in found if isinstance(face, Sample)]
        began = perf_counter()
        probes = await self.inference.templates(samples)
        decided = iter(await self.templates(gallery, probes, limit=limit))
        took_ms = 1000 * (perf_counter() - began) / max(len(samples), 1)
        results = []
        for face in found:
            if isinstance(face, Rejection):
                results.append(Identification(found=face, quality=face.quality.unified))
                continue
            decision, candidates, template = next(decided)
            one = _identified(face, decision, candidates, template)
            results.append(replace(one, took_ms=took_ms))
        return results

    async def together(
        self,
        gallery: Gallery,
        pictures: Sequence[bytes | Frame],
        *,
        limit: int = 5,
        largest: bool = False,
        crops: Sequence[Sample | Rejection] = (),
    ) -> Identification:
        """Several pictures of one human, fused into one probe: far fewer misses at the same error rate.

        `crops` are faces of the same human that were found already. Raises `NoFace`, `ManyFaces` or
        `QualityTooLow` for a picture that does not show exactly one good face.
        """
        if not pictures and not crops:
            raise ValueInvalid("There is no picture to identify.")
        probes = [
            await take_probe(picture, self.inference, gate=PROBE_GATE, largest=largest)
            for picture in pictures
        ]
        samples = [the_one([crop], largest=False) for crop in crops]
        made = await self.inference.templates(samples)
        probes += [Probe(sample=one, template=two) for one, two in zip(samples, made, strict=True)]
        fused = fuse([probe.template for probe in probes])
        (result,) = await self.probes(gallery, [fused], [probes[0].sample], limit=limit)
        return replace(result, fused=len(probes) > 1, picture=next(iter(pictures), None))

    async def probes(
        self,
        gallery: Gallery,
        probes: Sequence[Template],
        samples: Sequence[Sample | None] | None = None,
        *,
        limit: int = 5,
    ) -> list[Identification]:
        """One result per template; `samples` are the faces they are of, as far as they are known."""
        decided = await self.templates(gallery, probes, limit=limit)
        return [
            _identified(face, decision, candidates, template)
            for face, (decision, candidates, template) in zip(
                samples or [None] * len(probes), decided, strict=True
            )
        ]

    def beside(
        self, gallery: Gallery, before: Identification, probe: Template, newcomers: Sequence[Newcomer]
    ) -> Identification:
        """The decision when these subjects count, too, whom the search did not find because they are newer."""
        if before.candidates is None or not newcomers:
            return before
        found = before.candidates
        scored = [compare(probe, one.template, gallery.policy.measure) for one in newcomers]
        more = [
            Candidate(
                subject_id=one.subject_id,
                name=one.name,
                score=score,
                fmr=self.calibration.fmr_at(score.value),
                reference_id=one.reference_id,
            )
            for one, score in zip(newcomers, scored, strict=True)
        ]
        ranked = sorted([*found.candidates, *more], key=lambda one: (-one.score.value, one.subject_id))
        together = CandidateList(
            candidates=tuple(ranked),
            searched=found.searched + len(more),
            subjects=found.subjects + len(more),
            denied=found.denied,
        )
        decision = gallery.policy.decide_identification(together, self.calibration)
        return replace(before, decision=decision, candidates=together)

    async def templates(
        self, gallery: Gallery, probes: Sequence[Template], *, limit: int = 5
    ) -> list[tuple[Decision, CandidateList, Template]]:
        """Decision and candidates for each probe. Raises `ModelMismatch` for probes of another model."""
        gallery.policy.require_calibrated_for(self.calibration, gallery.model)
        lists = await self.search(gallery, probes, self.calibration, limit=limit)
        return [
            (gallery.policy.decide_identification(found, self.calibration), found, probe)
            for found, probe in zip(lists, probes, strict=True)
        ]


def _identified(
    face: Sample | None, decision: Decision, candidates: CandidateList, template: Template
) -> Identification:
    return Identification(
        found=face,
        decision=decision,
        candidates=candidates,
        quality=template.quality,
        template=template,
    )
