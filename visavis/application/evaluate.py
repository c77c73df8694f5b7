"""How often is it wrong? Templates of labelled photos, compared as the product compares them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from visavis.application.evaluate_pairs import EvaluatePairs, LabelledPair
from visavis.application.evaluation_result import (
    DEPLOYED_FMR,
    FMR_TARGETS,
    FPIR_TARGETS,
    Evaluation,
    OpenSetResult,
)
from visavis.application.extract import Extract
from visavis.application.judge import (
    VERIFICATION_STEPS,
    Judged,
    Steps,
    deployed_threshold,
    judge_quality,
    judge_scores,
    judge_searches,
    looked_at,
    of_photos,
)
from visavis.application.labelled import LabelledTemplates
from visavis.application.ports.progress import Progress
from visavis.domain.decision import Calibration, Measure
from visavis.evaluation.bootstrap import Resampling
from visavis.evaluation.multi_probe import MultiProbeDesign
from visavis.evaluation.open_set import OpenSetDesign, Rows

__all__ = (
    "DEPLOYED_FMR",
    "FMR_TARGETS",
    "FPIR_TARGETS",
    "EvaluateFolder",
    "EvaluatePairs",
    "Evaluation",
    "Judged",
    "LabelledPair",
    "LabelledTemplates",
    "OpenSetResult",
)

_RESAMPLING = Resampling()  # a value, not a state


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateFolder:
    """Error rates over all photos of a set of subjects.

    1:1 compares all mated pairs and at most `non_mated` others. 1:N plays through open-set searches as
    identification makes them, `references` per subject; subjects with a single photo serve as those who are
    not enrolled. A mated comparison of which one photo has no template counts as a false non-match; searches
    likewise. `policies` are numbers of references that are tried with each of `rows`, on the same probes;
    `probes` numbers of photos fused to one probe. `seed` draws comparisons, galleries and replicates.
    """

    extract: Extract
    measure: Measure = Measure.COSINE
    calibration: Calibration | None = None
    resampling: Resampling = _RESAMPLING
    non_mated: int | None = 2_000_000
    references: tuple[int, ...] = (1, 3)
    policies: tuple[int, ...] = ()
    rows: tuple[Rows, ...] = (Rows.MEAN, Rows.MAX, Rows.BOTH)
    probes: tuple[int, ...] = ()
    seed: int = 0

    async def __call__(
        self,
        photos: Sequence[tuple[str, str]],
        progress: Progress | None = None,
        statistics: Progress | None = None,
    ) -> Evaluation:
        """Raises `ValueInvalid` with fewer than two subjects, or none with two photos."""
        return self.judge(await self.labelled(photos, progress), statistics).evaluation

    async def labelled(
        self, photos: Sequence[tuple[str, str]], progress: Progress | None = None
    ) -> LabelledTemplates:
        """Templates of all photos with the numbers of their subjects."""
        extraction = await self.extract([photo for _, photo in photos], progress)
        return LabelledTemplates.of(extraction, photos, self.measure)

    def judge(self, labelled: LabelledTemplates, progress: Progress | None = None) -> Judged:
        """All rates of photos whose templates are there."""
        designs, policies = self._designs(), self._policies()
        total = 1 + VERIFICATION_STEPS + len(designs) + len(policies) + len(self.probes)
        steps = Steps(total, progress)
        found = labelled.compared(self.measure, self.non_mated, self.seed)
        steps.done()
        result = judge_scores(
            found.comparisons,
            steps,
            subjects=labelled.subjects,
            threshold=deployed_threshold(self.calibration),
            resampling=self.resampling,
        )
        quality = judge_quality(found.comparisons, labelled.pair_qualities(found), looked_at(result))
        whole = of_photos(result, labelled.extraction, self.extract.inference.model, self.measure)
        whole = replace(
            whole,
            open_set=self._searched(labelled, designs, steps),
            policies=self._searched(labelled, policies, steps),
            multi_probe=self._multi_probe(labelled, steps),
            discard=quality,
        )
        return Judged(evaluation=whole, compared=found)

    def _designs(self) -> tuple[OpenSetDesign, ...]:
        return tuple(
            OpenSetDesign(references=count, rows=_rows(count, Rows.BOTH), seed=self.seed)
            for count in self.references
        )

    def _policies(self) -> tuple[OpenSetDesign, ...]:
        """One reference has no mean: the rows make no difference to it."""
        chosen = dict.fromkeys((count, _rows(count, rows)) for count in self.policies for rows in self.rows)
        reserve = max(self.policies, default=0)
        return tuple(
            OpenSetDesign(references=count, rows=rows, reserve=reserve, seed=self.seed)
            for count, rows in chosen
        )

    def _searched(
        self, labelled: LabelledTemplates, designs: Sequence[OpenSetDesign], steps: Steps
    ) -> tuple[OpenSetResult, ...]:
        results: list[OpenSetResult] = []
        for design in designs:
            if found := labelled.searched(self.measure, design):
                results.append(
                    judge_searches(
                        found,
                        references=design.references,
                        rows=design.rows,
                        calibration=self.calibration,
                        resampling=self.resampling,
                    )
                )
            steps.done()
        return tuple(results)

    def _multi_probe(self, labelled: LabelledTemplates, steps: Steps) -> tuple[OpenSetResult, ...]:
        design = (
            MultiProbeDesign(probes=self.probes, seed=self.seed).within(labelled.numbers)
            if self.probes
            else None
        )
        if design is None:
            steps.done(len(self.probes))
            return ()
        steps.done(len(self.probes) - len(design.probes))
        results: list[OpenSetResult] = []
        for count, found in zip(design.probes, labelled.multi_probe(self.measure, design), strict=True):
            results.append(
                judge_searches(
                    found,
                    references=design.references,
                    rows=_rows(design.references, Rows.BOTH),
                    probes=count,
                    calibration=self.calibration,
                    resampling=self.resampling,
                )
            )
            steps.done()
        return tuple(results)


def _rows(references: int, rows: Rows) -> Rows:
    return Rows.SINGLE if references == 1 else rows
