"""From an evaluation to the card that is kept with the pack."""

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from visavis.application.evaluation_result import DEPLOYED_FMR, FMR_TARGETS, Evaluation
from visavis.domain.card import CardRate, EvaluationCard, RateKind, Weights
from visavis.domain.decision import Calibration
from visavis.domain.errors import CalibrationMissing
from visavis.domain.pack import Pack
from visavis.evaluation.rates import RateAt


def card_of(
    result: Evaluation, pack: Pack, *, data: str, data_digest: str, software: Mapping[str, str], at: datetime
) -> EvaluationCard:
    """`data` is what to call the data. Raises `ValueInvalid` without a name."""
    calibration = _calibration(result, pack)
    return EvaluationCard(
        pack=pack.name,
        model=result.model,
        weights=Weights.of(pack),
        commercial=not pack.needs_acceptance,
        measure=result.measure,
        data=data.strip(),
        data_digest=data_digest,
        photos=result.photos,
        subjects=result.subjects,
        failures=result.failures,
        failure_to_acquire=result.failure_to_acquire,
        failure_to_enrol=result.failure_to_enrol,
        mated=result.mated,
        non_mated=result.non_mated,
        rates=tuple(_rates(result)),
        calibration=calibration.data if calibration else "",
        thresholds=_thresholds(calibration),
        software=software,
        at=at.replace(microsecond=0),
    )


def data_digest(rows: Sequence[tuple[str, str]], read: Callable[[str], bytes]) -> str:
    """SHA-256 of which photos there are and which of them show the same subject.

    Names of files and subjects, and their order, play no part: the SHA-256 of the photos of each subject are sorted
    and joined by blanks, these lines are sorted and joined by line feeds.
    """
    subjects: dict[str, list[str]] = {}
    for subject, photo in rows:
        subjects.setdefault(subject, []).append(hashlib.sha256(read(photo)).hexdigest())
    lines = sorted(" ".join(sorted(photos)) for photos in subjects.values())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _calibration(result: Evaluation, pack: Pack) -> Calibration | None:
    try:
        return pack.calibration(result.measure)
    except CalibrationMissing:
        return None


def _thresholds(calibration: Calibration | None) -> dict[str, float]:
    if calibration is None:
        return {}
    targets = (target for target in (*FMR_TARGETS, 1e-6) if target >= calibration.lowest_fmr)
    return {f"{target:g}": calibration.threshold_at(target).value for target in targets}


def _rates(result: Evaluation) -> Iterable[CardRate]:
    yield _rate(RateKind.EER, result.equal_error_rate)
    for one in result.fnmr:
        yield _rate(RateKind.FNMR, one, target=one.target)
    if result.deployed is not None:
        yield _rate(RateKind.DEPLOYED_FMR, result.deployed[0], target=DEPLOYED_FMR)
        yield _rate(RateKind.DEPLOYED_FNMR, result.deployed[1], target=DEPLOYED_FMR)
    for search in result.open_set:
        for one in search.fnir:
            yield _rate(
                RateKind.FNIR, one, target=one.target, references=search.references, gallery=search.subjects
            )


def _rate(
    kind: RateKind,
    rate: RateAt,
    *,
    target: float | None = None,
    references: int | None = None,
    gallery: float | None = None,
) -> CardRate:
    return CardRate(
        kind=kind,
        value=rate.value,
        low=rate.low,
        high=rate.high,
        errors=rate.errors,
        trials=rate.trials,
        supported=rate.supported,
        target=target,
        threshold=rate.threshold if math.isfinite(rate.threshold) else None,
        references=references,
        gallery=gallery,
    )
