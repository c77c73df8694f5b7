"""What is decided about each track so far: only ever more certain."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

from visavis.domain.decision import Outcome

_RANK = {Outcome.NON_MATCH: 0, Outcome.INCONCLUSIVE: 1, Outcome.MATCH: 2}
_MOST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An outcome; of a match, whom, and how alike."""

    outcome: Outcome
    subject_id: UUID | None = None
    score: float | None = None

    def improves(self, other: "Verdict | None") -> bool:
        """Whether it says more than the other did; a match is never taken back, nor given to somebody else."""
        if other is None or _RANK[self.outcome] != _RANK[other.outcome]:
            return other is None or _RANK[self.outcome] > _RANK[other.outcome]
        if self.outcome is Outcome.MATCH and self.subject_id != other.subject_id:
            return False
        return (self.score or -1.0) > (other.score or -1.0)


@dataclass(slots=True, eq=False)
class Standings:
    """The verdict of each recent track. From any thread."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: OrderedDict[UUID, Verdict] = field(default_factory=OrderedDict)

    def hear(self, track: UUID, verdict: Verdict) -> bool:
        """Whether this is news to whoever acts on decisions: the first one, or one of a more certain kind."""
        with self._lock:
            before = self._known.get(track)
            if verdict.improves(before):
                self._known[track] = verdict
                self._known.move_to_end(track)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
            return before is None or _RANK[verdict.outcome] > _RANK[before.outcome]

    def told(self, track: UUID) -> bool:
        """Whether anything was decided about it."""
        with self._lock:
            return track in self._known
