"""The use cases about visitors, and their documents."""

from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.corrections.keeping import Keeping
from visavis.application.corrections.merge import MergeSubjects
from visavis.application.merge_visitors import MergeVisitors, Positions
from visavis.application.visitors import NamedVisit, Visitors
from visavis.bootstrap.caller import Caller
from visavis.domain.decision import Calibration
from visavis.domain.gallery import Gallery
from visavis.domain.visit import By
from visavis.evaluation.visitors import EDGES_S, Bucket, Dwell, Flows, Heat, Summary
from visavis.wire.visitors import (
    BucketNote,
    DwellBin,
    DwellNote,
    FlowNote,
    StayNote,
    VisitNote,
    VisitorFlows,
    VisitorHours,
    VisitorSummary,
    WeekdayNote,
    ZoneNote,
)


class VisitorDesk(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    @property
    def visitors(self) -> Visitors:
        return Visitors(store=self.store, tenant=self.tenant)

    def merge_visitors(self, positions: Positions) -> MergeVisitors:
        """For a process that goes on where it was the last time."""
        keeping = Keeping(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
        )
        return MergeVisitors(
            store=self.store,
            tenant=self.tenant,
            search=self.search,
            merge=MergeSubjects(keeping=keeping, search=self.search),
            calibration_of=self._meaning,
            positions=positions,
        )

    def _meaning(self, gallery: Gallery) -> Calibration:
        """Of the gallery itself, or of its pack."""
        own = gallery.own_calibration
        return own or self.models.pack(gallery.pack).calibration(gallery.policy.measure)


def summary_note(gallery: str, found: Summary, *, by: By, timezone: str) -> VisitorSummary:
    return VisitorSummary(
        gallery=gallery,
        timezone=timezone,
        by=by,
        visitors=found.visitors,
        visits=found.visits,
        new=found.new,
        returning=found.returning,
        dwell=_dwell(found.dwell),
        buckets=tuple(map(_bucket, found.buckets)),
    )


def visit_note(found: NamedVisit) -> VisitNote:
    visit = found.visit
    return VisitNote(
        subject_id=str(visit.subject_id),
        name=found.name,
        site=visit.site,
        first_at=visit.first_at,
        last_at=visit.last_at,
        dwell_s=visit.dwell_s,
        returning=visit.returning,
        sightings=len(visit.sightings),
        cameras=tuple(dict.fromkeys(one.source for one in visit.sightings)),
        path=tuple(
            StayNote(zone=stay.zone, first_at=stay.first_at, last_at=stay.last_at, dwell_s=stay.dwell_s)
            for stay in visit.stays
        ),
    )


def flows_note(gallery: str, found: Flows) -> VisitorFlows:
    return VisitorFlows(
        gallery=gallery,
        flows=tuple(
            FlowNote(origin=one.origin, target=one.target, transitions=one.transitions) for one in found.flows
        ),
        zones=tuple(ZoneNote(zone=one.zone, stays=_dwell(one.stays)) for one in found.zones),
    )


def hours_note(gallery: str, found: Heat, *, timezone: str) -> VisitorHours:
    return VisitorHours(
        gallery=gallery,
        timezone=timezone,
        weekdays=tuple(
            WeekdayNote(weekday=number, days=days, visitors=visitors)
            for number, (days, visitors) in enumerate(zip(found.days, found.visitors, strict=True), 1)
        ),
    )


def _bucket(one: Bucket) -> BucketNote:
    return BucketNote(
        start=one.start, name=one.name, visitors=one.visitors, new=one.new, returning=one.returning
    )


def _dwell(found: Dwell) -> DwellNote:
    names = ("p25_s", "median_s", "p75_s", "p90_s", "p95_s")
    return DwellNote(
        count=found.count,
        mean_s=found.mean_s,
        histogram=tuple(
            DwellBin(until_s=edge, count=count)
            for edge, count in zip((*EDGES_S, None), found.counts, strict=False)
        ),
        **dict(zip(names, found.percentiles_s, strict=False)),
    )
