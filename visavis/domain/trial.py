"""A model pack on trial in a gallery: it decides beside the pack in force, or decides a share of the searches."""

import hashlib
import math
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from statistics import median
from typing import Final, NewType

from visavis.domain.errors import ValueInvalid
from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId, ReferenceId
from visavis.domain.template import ModelIdentity, Template

TrialId = NewType("TrialId", uuid.UUID)

USUAL_SHARE: Final = 0.05
MOST_DISAGREEMENTS: Final = 100  #: kept, the latest of each trial
_LATENCIES = 200  #: kept, the latest of each side


class TrialState(StrEnum):
    """What the candidate may do."""

    SHADOW = "shadow"  #: it decides beside the pack in force, and changes nothing
    CANARY = "canary"  #: a share of the searches is decided by it


class Agreement(StrEnum):
    """What the two packs made of the same face."""

    SAME = "same"  #: the same subject
    OTHER = "other_subject"
    ONLY_IN_FORCE = "only_in_force"  #: only the pack in force recognised somebody
    ONLY_CANDIDATE = "only_candidate"
    NEITHER = "neither"  #: nobody was recognised, by either

    @property
    def disagrees(self) -> bool:
        return self not in (Agreement.SAME, Agreement.NEITHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One face, decided twice. Scores are of different models: they are not comparable with each other. Times are
    those of template and search, in milliseconds for each face; `None` where they were not taken."""

    agreement: Agreement
    in_force_score: float | None = None
    candidate_score: float | None = None
    in_force_ms: float | None = None
    candidate_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Which event it was about, as far as the detection log has it. No names, no pictures."""

    event_id: EventId
    agreement: Agreement
    at: datetime
    in_force_score: float | None
    candidate_score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One pack's scores (of the best candidates) and times."""

    scores: int = 0
    score_sum: float = 0.0
    latencies: tuple[float, ...] = ()  #: the last 200, ms

    def plus(self, score: float | None, ms: float | None) -> "Side":
        times = self.latencies if ms is None else (*self.latencies, ms)[-_LATENCIES:]
        if score is None:
            return replace(self, latencies=times)
        return Side(scores=self.scores + 1, score_sum=self.score_sum + score, latencies=times)

    @property
    def mean_score(self) -> float | None:
        return self.score_sum / self.scores if self.scores else None

    @property
    def median_ms(self) -> float | None:
        return median(self.latencies) if self.latencies else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFigures:
    """Running counts of one state. `skipped` are faces that could not be compared (several pictures fused into one
    probe, templates sent without a picture), `dropped` those for which there was no time."""

    agreements: dict[Agreement, int] = field(default_factory=dict)
    errors: int = 0
    skipped: int = 0
    dropped: int = 0
    in_force: Side = field(default_factory=Side)
    candidate: Side = field(default_factory=Side)

    def count(self, agreement: Agreement) -> int:
        return self.agreements.get(agreement, 0)

    @property
    def compared(self) -> int:
        return sum(self.agreements.values())

    @property
    def disagreed(self) -> int:
        return sum(count for kind, count in self.agreements.items() if kind.disagrees)

    def plus(self, one: Comparison) -> "TrialFigures":
        return replace(
            self,
            agreements={**self.agreements, one.agreement: self.count(one.agreement) + 1},
            in_force=self.in_force.plus(one.in_force_score, one.in_force_ms),
            candidate=self.candidate.plus(one.candidate_score, one.candidate_ms),
        )

    @property
    def agreeing(self) -> tuple[float, float, float] | None:
        """The share that agrees, and its 95 % interval (Wilson, J. Am. Stat. Assoc. 22, 1927); `None` before the
        first comparison."""
        total = self.compared
        if not total:
            return None
        share, z = (total - self.disagreed) / total, 1.959964
        centre = (share + z * z / (2 * total)) / (1 + z * z / total)
        half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
        return share, max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLimits:
    """Beyond these a canary goes back to shadow by itself. Nothing is judged before `least` comparisons (errors
    count as one)."""

    disagreements: float = 0.05  #: share of the comparisons, 0..1
    errors: float = 0.02  #: share of the tries, 0..1
    latency_factor: float = 3.0  #: median of the candidate over that of the pack in force
    least: int = 50

    def __post_init__(self) -> None:
        if not (0.0 <= self.disagreements <= 1.0 and 0.0 <= self.errors <= 1.0):
            raise ValueInvalid("A share lies between 0 and 1.")
        if not (1.0 <= self.latency_factor <= 1000.0 and 1 <= self.least <= 1_000_000):
            raise ValueInvalid("A factor of latency is 1 or more, and so is the least number of comparisons.")

    def violated(self, figures: TrialFigures) -> str:
        """Which indicator says that the candidate must not decide any more; empty if none does."""
        tries = figures.compared + figures.errors
        if tries < self.least:
            return ""
        if figures.errors > self.errors * tries:
            return f"errors: {figures.errors} of {tries} tries"
        if figures.disagreed > self.disagreements * figures.compared:
            return f"disagreements: {figures.disagreed} of {figures.compared} comparisons"
        ours, theirs = figures.in_force.median_ms, figures.candidate.median_ms
        if ours and theirs and theirs > self.latency_factor * ours:
            return f"latency: median {theirs:.0f} ms against {ours:.0f} ms"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """At most one for a gallery. `notice` says what happened by itself."""

    id: TrialId
    gallery_id: GalleryId
    pack: str
    model: ModelIdentity
    state: TrialState
    started_at: datetime
    changed_at: datetime
    share: float = USUAL_SHARE
    limits: TrialLimits = field(default_factory=TrialLimits)
    notice: str = ""
    shadow: TrialFigures = field(default_factory=TrialFigures)
    canary: TrialFigures = field(default_factory=TrialFigures)

    def __post_init__(self) -> None:
        if not 0.0 < self.share <= 0.5:
            raise ValueInvalid("A canary decides more than 0 and at most half of the searches.")
        if self.started_at.tzinfo is None or self.changed_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")

    @property
    def figures(self) -> TrialFigures:
        """Those of the state that it is in."""
        return self.canary if self.state is TrialState.CANARY else self.shadow

    def with_figures(self, figures: TrialFigures, *, canary: bool | None = None) -> "Trial":
        """`canary`: those of this state, whatever state it is in by now."""
        to_canary = self.state is TrialState.CANARY if canary is None else canary
        return replace(self, canary=figures) if to_canary else replace(self, shadow=figures)

    def decides(self, request: uuid.UUID | None) -> bool:
        """Whether a request falls into the share: by the digest of trial and request, so that it can be told
        afterwards, and the same request comes out the same wherever it is served."""
        if self.state is not TrialState.CANARY or request is None:
            return False
        digest = hashlib.sha256(self.id.bytes + request.bytes).digest()
        return int.from_bytes(digest[:8]) < self.share * 2**64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrialTemplate:
    """What the candidate made of a reference; without a template, why there is none (a code of an error)."""

    reference_id: ReferenceId
    template: Template | None
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialProgress:
    """References of the gallery: how many the candidate has, and how many it cannot have; the rest wait."""

    total: int
    ready: int
    failed: int

    @property
    def waiting(self) -> int:
        return self.total - self.ready - self.failed
