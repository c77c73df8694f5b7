"""Is a live person in front of the camera? Presentation attack detection (PAD), as ISO/IEC 30107-1 names it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from visavis.domain.errors import ValueInvalid
from visavis.domain.evidence import require_data_name


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackThreshold:
    """The attack score from which on a presentation is taken for an attack, and what it promises: this detector, these
    data. `apcer` is the share of attacks of the instrument that it misses most (ISO/IEC 30107-3), `bpcer` the share of
    bona fide presentations that it refuses."""

    value: float
    detector: str
    data: str
    apcer: float
    bpcer: float

    def __post_init__(self) -> None:
        require_data_name(self.data)
        if not self.detector or len(self.detector) > 200:
            raise ValueInvalid("A threshold belongs to a detector.")
        if not all(0.0 <= one <= 1.0 for one in (self.value, self.apcer, self.bpcer)):
            raise ValueInvalid("Attack scores and error rates lie between 0 and 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackFinding:
    """What a detector said of a presentation: 0 is bona fide, 1 an attack; `instrument` is what it takes it for, such
    as print or screen."""

    score: float
    detector: str
    instrument: str | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueInvalid("Attack scores lie between 0 and 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePolicy:
    """Whether a presentation must be found to be live before it counts. Without a detector, or without a threshold
    that was measured for that detector, nothing that must be live is."""

    require_live: bool = False
    threshold: AttackThreshold | None = None


class Liveness(StrEnum):
    NOT_ASKED = "not_asked"
    LIVE = "live"
    ATTACK = "attack"
    UNAVAILABLE = "unavailable"  #: asked for, and nobody could tell


def judged(policy: LivePolicy, finding: AttackFinding | None) -> Liveness:
    """A finding of another detector than the threshold's says nothing."""
    if not policy.require_live:
        return Liveness.NOT_ASKED
    if finding is None or policy.threshold is None or policy.threshold.detector != finding.detector:
        return Liveness.UNAVAILABLE
    return Liveness.ATTACK if finding.score >= policy.threshold.value else Liveness.LIVE


_DOUBTFUL: Final = 0.5
"""Of the threshold: from here on a finding is nearer to it than to 0, which is bona fide beyond question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A finding that people should look at: taken for an attack, or for live and not far from that. `threshold` is
    the attack score from which on this detector's findings are attacks."""

    finding: AttackFinding
    threshold: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.threshold <= 1.0:
            raise ValueInvalid("Attack scores lie between 0 and 1.")

    @property
    def suspected(self) -> bool:
        return self.finding.score >= self.threshold


def doubted(policy: LivePolicy, finding: AttackFinding | None) -> Doubt | None:
    """What people should look at, if anything. What nobody could tell is no finding, and so no doubt of this one
    presentation: without a detector, or without its threshold, everybody would be doubted."""
    live = judged(policy, finding)
    if finding is None or policy.threshold is None or live not in (Liveness.LIVE, Liveness.ATTACK):
        return None
    doubt = Doubt(finding=finding, threshold=policy.threshold.value)
    return doubt if finding.score >= _DOUBTFUL * doubt.threshold else None


def greater_of(one: Doubt, other: Doubt | None) -> Doubt:
    if other is None or (one.suspected, one.finding.score) >= (other.suspected, other.finding.score):
        return one
    return other


LIVENESS_UNAVAILABLE: Final = "liveness_unavailable"
ATTACK_SUSPECTED: Final = "attack_suspected"
_FOUND: Final = "pad"
_NOT_NAMED: Final = "-"


def worst_of(findings: Sequence[AttackFinding]) -> AttackFinding:
    """The most suspicious: who shows a face and then a picture of another one is no live person. There is at least
    one."""
    return max(findings, key=lambda one: one.score)


def written(finding: AttackFinding | None, threshold: AttackThreshold | None) -> tuple[str, ...]:
    """As it stands among the reasons of a line in the detection log: `pad:SCORE:INSTRUMENT:DETECTOR`, and in words what
    the detector's own threshold makes of it; `None` could not be told."""
    if finding is None:
        return (LIVENESS_UNAVAILABLE,)
    said = f"{_FOUND}:{finding.score:.6f}:{finding.instrument or _NOT_NAMED}:{finding.detector}"
    live = judged(LivePolicy(require_live=True, threshold=threshold), finding)
    return (ATTACK_SUSPECTED, said) if live is Liveness.ATTACK else (said,)


def found_in(reasons: Iterable[str]) -> AttackFinding | None:
    """The most suspicious finding among the reasons of a line."""
    found = [one for one in map(_read, reasons) if one is not None]
    return worst_of(found) if found else None


def merged(kept: Sequence[str], before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """The reasons of a track's line, with the more suspicious of what was found by two reports about it."""
    told = [one for one in (before, after) if any(map(_is_finding, one))]
    known = [one for one in told if found_in(one) is not None] or told
    worst = max(known, key=lambda one: _score(found_in(one)), default=())
    return (*(one for one in kept if not _is_finding(one)), *(one for one in worst if _is_finding(one)))


def _score(finding: AttackFinding | None) -> float:
    return -1.0 if finding is None else finding.score


def _is_finding(reason: str) -> bool:
    return reason in (LIVENESS_UNAVAILABLE, ATTACK_SUSPECTED) or _read(reason) is not None


def _read(reason: str) -> AttackFinding | None:
    kind, _, rest = reason.partition(":")
    if kind != _FOUND or rest.count(":") < 2:
        return None
    score, instrument, detector = rest.split(":", 2)
    try:
        return AttackFinding(
            score=float(score),
            detector=detector,
            instrument=None if instrument == _NOT_NAMED else instrument,
        )
    except (ValueError, ValueInvalid):
        return None
