"""Tracks of one camera on their way out: decided here if that is the split, told to hooks, reported to the server."""

import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from visavis.domain.errors import VisavisError
from visavis.edge.decider import Decider
from visavis.edge.following import Glimpse, TrackState
from visavis.edge.standing import Standings, Verdict
from visavis.vision.jpeg import jpeg
from visavis.wire.edge import CameraConfig, Split, TrackingConfig
from visavis.wire.edge_decision import EdgeDecisionDocument
from visavis.wire.v1.templates import encoded_template
from visavis.wire.v1.tracks import DeviceDecision, ShotReport, TrackReport

logger = logging.getLogger(__name__)


class Outbox(Protocol):
    """Where reports go; `Sender` is one."""

    def current(self, gallery: str, report: TrackReport) -> None: ...

    def final(self, gallery: str, report: TrackReport) -> None:
        """Returns when it is safe."""
        ...


class Told(Protocol):
    """Who is told of decisions; `Hooks` is one."""

    def tell(self, decision: EdgeDecisionDocument) -> None: ...


@dataclass(slots=True, kw_only=True, eq=False)
class _Open:
    """What was said of a track that goes on."""

    decided: DeviceDecision | None = None
    unsaid: TrackState | None = None  #: better than what was reported last
    reported_s: float | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Reporter:
    """One camera's. One thread at a time; `decider` is there if the device decides."""

    camera: CameraConfig
    gallery: str
    split: Split
    tracking: TrackingConfig
    outbox: Outbox
    hooks: Told
    standings: Standings
    decider: Decider | None = None
    tracks: int = 0
    left_out: int = 0
    _open: dict[UUID, _Open] = field(default_factory=dict)

    def hear(self, states: Sequence[TrackState], at_s: float) -> None:
        """What `Follower` says, in its order; `at_s` is now, on the clock of the source."""
        for state in states:
            if state.ended:
                self._end(state)
            else:
                known = self._open.setdefault(state.id, _Open())
                self._decide(state, known)
                known.unsaid = state
        for known in self._open.values():
            self._report_if_due(known, at_s)

    def _end(self, state: TrackState) -> None:
        """Too short, or never well seen: left out, unless somebody was told of it already."""
        known = self._open.pop(state.id, _Open())
        told = known.reported_s is not None or self.standings.told(state.id)
        if not state.shots or (not told and state.last_s - state.first_s < self.tracking.least_s):
            self.left_out += 1
            return
        self.outbox.final(self.gallery, self._report(state, known.decided))
        self.tracks += 1

    def _report_if_due(self, known: _Open, at_s: float) -> None:
        state = known.unsaid
        if state is None or state.last_s - state.first_s < self.tracking.least_s:
            return
        if known.reported_s is None or at_s - known.reported_s >= self.tracking.report_every_s:
            self.outbox.current(self.gallery, self._report(state, known.decided))
            known.reported_s, known.unsaid = at_s, None

    def _decide(self, state: TrackState, known: _Open) -> None:
        """Of all shots together, whenever they became better."""
        template = state.template if self.decider else None
        if template is None or self.decider is None:
            return
        try:
            decided = self.decider.decide(self.gallery, template)
        except VisavisError as error:
            logger.warning("no decision here", extra={"camera": self.camera.id, "code": error.code})
            return
        if decided is None:
            return
        if _verdict(decided).improves(_verdict(known.decided) if known.decided else None):
            known.decided = decided
        if self.standings.hear(state.id, _verdict(decided)):
            self.hooks.tell(self._told(state, decided))

    def _told(self, state: TrackState, decided: DeviceDecision) -> EdgeDecisionDocument:
        return EdgeDecisionDocument(
            track=state.id,
            camera=self.camera.id,
            site=self.camera.site,
            zone=self.camera.zone,
            direction=self.camera.direction,
            gallery=self.gallery,
            first_at=state.first_at,
            last_at=state.last_at,
            by="device",
            outcome=decided.outcome,
            subject_id=decided.subject_id,
            score=decided.score,
            fmr=decided.fmr,
            fpir=decided.fpir,
        )

    def _report(self, state: TrackState, decided: DeviceDecision | None) -> TrackReport:
        return TrackReport(
            track=state.id,
            camera=self.camera.id,
            first_at=state.first_at,
            last_at=state.last_at,
            frames=state.frames,
            ended=state.ended,
            shots=tuple(self._shot(shot) for shot in state.shots),
            decided=decided,
        )

    def _shot(self, shot: Glimpse) -> ShotReport:
        if self.split is Split.CROPS or shot.template is None:
            return ShotReport(at=shot.at, crop=base64.b64encode(jpeg(shot.chip)).decode())
        return ShotReport(at=shot.at, template=encoded_template(shot.template))


def _verdict(decided: DeviceDecision) -> Verdict:
    return Verdict(outcome=decided.outcome, subject_id=decided.subject_id, score=decided.score)
