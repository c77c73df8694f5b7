"""Whose references should be taken anew: because they are old, poor, or no longer match as they did."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import numpy as np

from visavis.domain.decision import Outcome
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import Event, EventKind
from visavis.domain.policy import Policy

_SURE: Final = 3.0
"""Standard errors by which later scores lie below earlier ones before that is called a decline."""
_LOWEST_RATE: Final = 1e-12
LEAST_MATCHES: Final = 4  #: on either side; the spread of fewer scores is hardly known


class AgeingReason(StrEnum):
    OLD = "old"  #: the youngest reference is older than the limit
    LOW_QUALITY = "low_quality"  #: the best reference is of lower quality than the limit
    NEAR_THRESHOLD = "near_threshold"  #: the last matches were close to being none
    DECLINING = "declining"  #: the last matches scored lower than those before


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingLimits:
    """What is still good enough. Faces age: after about six years the weakest one per cent of people is no longer
    recognised at an FMR of 1e-4 (Best-Rowden and Jain, Longitudinal Study of Automatic Face Recognition, IEEE TPAMI
    40(1), 2018), so five years is the default.

    The last `matches` matches together count; `headroom` is how many decades of the false-match rate they should keep
    from the threshold.
    """

    days: int = 1825
    quality: float = 30.0
    matches: int = 5
    headroom: float = 1.0

    def __post_init__(self) -> None:
        if not (1 <= self.days <= 36_500 and 0 <= self.quality <= 100):
            raise ValueInvalid("Days lie between 1 and 36,500, quality between 0 and 100.")
        if not (LEAST_MATCHES <= self.matches <= 25 and 0 <= self.headroom <= 12):
            raise ValueInvalid("4 to 25 matches are looked at; the headroom lies between 0 and 12 decades.")

    @property
    def looked_at(self) -> int:
        """How many of the last matches are needed to see a trend."""
        return 10 * self.matches


USUAL: Final = AgeingLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """What is known of one subject's references in a gallery, and why they should be taken anew: perhaps for no reason.

    `headroom` and `score` are means of the last matches, `earlier_score` of those before; `None` without so many.
    """

    age: timedelta
    quality: float | None
    matches: int
    headroom: float | None
    score: float | None
    earlier_score: float | None
    reasons: tuple[AgeingReason, ...]


def aged(
    references: Sequence[tuple[datetime, float | None]],
    matches: Sequence[Event],
    *,
    model: str,
    policy: Policy,
    now: datetime,
    limits: AgeingLimits,
) -> Ageing:
    """`references` are (made at, quality), at least one; `matches` events of the subject, the latest first.

    Scores of another model than `model` mean something else: such events do not count.
    """
    qualities = [quality for _, quality in references if quality is not None]
    age = now - max(at for at, _ in references)
    good = [event for event in matches if _is_mated(event) and event.model == model]
    scores = [event.score for event in good if event.score is not None]
    last, earlier = scores[: limits.matches], scores[limits.matches :]
    enough = len(last) == limits.matches
    headroom = _headroom(good[: limits.matches], policy) if enough else None
    best = max(qualities, default=None)
    holds = {
        AgeingReason.OLD: age > timedelta(days=limits.days),
        AgeingReason.LOW_QUALITY: best is not None and best < limits.quality,
        AgeingReason.NEAR_THRESHOLD: headroom is not None and headroom < limits.headroom,
        AgeingReason.DECLINING: enough and len(earlier) >= limits.matches and _has_fallen(earlier, last),
    }
    return Ageing(
        age=age,
        quality=best,
        matches=len(good),
        headroom=headroom,
        score=float(np.mean(last)) if enough else None,
        earlier_score=float(np.mean(earlier)) if enough and earlier else None,
        reasons=tuple(reason for reason, held in holds.items() if held),
    )


def _is_mated(event: Event) -> bool:
    """A match that nobody called wrong."""
    return event.outcome is Outcome.MATCH and event.verdict in (None, Outcome.MATCH)


def _headroom(matches: Sequence[Event], policy: Policy) -> float | None:
    """Mean of log10(permitted rate / rate at the score): of searches the FPIR, of verifications the FMR."""
    found = [
        math.log10(limit / max(rate, _LOWEST_RATE))
        for event in matches
        for limit, rate in [
            (policy.fpir, event.fpir) if event.kind is EventKind.IDENTIFIED else (policy.fmr, event.fmr)
        ]
        if rate is not None
    ]
    return float(np.mean(found)) if found else None


def _has_fallen(earlier: Sequence[float], last: Sequence[float]) -> bool:
    """Welch's statistic: the difference of the means in its standard errors."""
    before, after = np.asarray(earlier), np.asarray(last)
    error = math.sqrt(float(before.var(ddof=1)) / len(before) + float(after.var(ddof=1)) / len(after))
    return float(before.mean() - after.mean()) > _SURE * max(error, 1e-6)
