"""A calibration with everything that belongs to it: intervals, how searches scale, and the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from math import ceil, sqrt
from typing import Final

import anyio.to_thread
import numpy as np

from visavis.application.extract import Extract
from visavis.application.labelled import LabelledTemplates
from visavis.application.ports.clock import Clock
from visavis.application.ports.progress import Progress
from visavis.domain.decision import Calibration, Measure
from visavis.domain.errors import ValueInvalid
from visavis.domain.evidence import Evidence, MadeFrom
from visavis.domain.template import ModelIdentity
from visavis.evaluation.calibration import calibrate, cross_check
from visavis.evaluation.comparisons import ComparisonSet
from visavis.evaluation.rates import RULE_OF_30
from visavis.evaluation.search_check import People, check_searches, with_scaling

LEAST_RATE: Final = 1e-3
"""A calibration that does not reach this rate would make thresholds worse than the shipped ones."""
_SPLITS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Who made a calibration of what, and when; `data` names the photos or the gallery."""

    data: str
    source: MadeFrom
    made_at: datetime
    software: str


def calibration_of(
    labelled: LabelledTemplates, measure: Measure, model: ModelIdentity, provenance: Provenance
) -> Calibration:
    """From all comparisons of these templates. Raises `ValueInvalid` with too few of them, saying how many people
    it would take."""
    people = People(references=labelled.references, probes=labelled.probes, subjects=labelled.numbers)
    return calibrated(people, labelled.comparisons(measure, None), measure, model, provenance)


def calibrated(
    people: People,
    comparisons: ComparisonSet,
    measure: Measure,
    model: ModelIdentity,
    provenance: Provenance,
) -> Calibration:
    """The same for templates and their comparisons, which may hold some that failed. Raises `ValueInvalid`."""
    require_enough(comparisons, people)
    made = calibrate(comparisons, model=model, measure=measure, data=provenance.data)
    checks = cross_check(comparisons, model=model, measure=measure, splits=_SPLITS)
    evidence = Evidence(
        made_at=provenance.made_at,
        software=provenance.software,
        digest=digest_of(comparisons),
        source=provenance.source,
        checks=tuple(check for check in checks if check.target >= made.lowest_fmr),
        searches=check_searches(people, model=model, measure=measure, splits=_SPLITS),
    )
    return replace(with_scaling(made, people), evidence=evidence)


def require_enough(comparisons: ComparisonSet, people: People) -> None:
    """Raises `ValueInvalid` unless the comparisons support the rate `LEAST_RATE`, and some are mated."""
    others = int((~comparisons.mated).sum())
    if comparisons.mated.all() or not comparisons.mated.any():
        raise ValueInvalid(
            "A calibration needs mated and non-mated comparisons.",
            hint="Use two photos or more of most subjects.",
        )
    if others * LEAST_RATE < RULE_OF_30:
        each = len(people.subjects) / len(np.unique(people.subjects))
        wanted = ceil((1 + sqrt(1 + 8 * RULE_OF_30 / LEAST_RATE / each**2)) / 2)
        raise ValueInvalid(
            f"This data supports false-match rates down to {RULE_OF_30 / max(others, 1):.1e} only; "
            f"{LEAST_RATE:g} is the least that makes sense.",
            hint=f"With {each:.1f} photos each it takes {wanted} subjects or more; "
            f"{ceil(wanted * 10**0.5)} support 1e-4.",
        )


def digest_of(comparisons: ComparisonSet) -> str:
    """SHA-256 of the scores as little-endian float32, mated ones first, each in rising order."""
    digest = sha256()
    for chosen in (comparisons.mated, ~comparisons.mated):
        digest.update(np.sort(comparisons.scores[chosen].astype("<f4")).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateFolder:
    """A calibration from labelled photos, each made into templates as enrolment and searches make them."""

    extract: Extract
    measure: Measure
    clock: Clock
    software: str

    async def __call__(
        self, photos: Sequence[tuple[str, str]], *, data: str, progress: Progress | None = None
    ) -> Calibration:
        """`photos` are (subject, photo); `data` names them. Raises `ValueInvalid` if they are too few."""
        extraction = await self.extract([photo for _, photo in photos], progress)
        labelled = LabelledTemplates.of(extraction, photos, self.measure)
        provenance = Provenance(
            data=data, source=MadeFrom.PHOTOS, made_at=self.clock.now(), software=self.software
        )
        return await anyio.to_thread.run_sync(
            calibration_of, labelled, self.measure, self.extract.inference.model, provenance
        )
