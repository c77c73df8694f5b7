"""Is a live person in front of the camera? Presentation attack detection (PAD), as ISO/IEC 30107-1 names it."""

from dataclasses import dataclass
from enum import StrEnum

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
