"""Documents of drift and ageing, and drift as figures for Prometheus."""

from collections.abc import Sequence
from datetime import UTC, datetime

from visavis.application.ports.monitors import MonitorFilter
from visavis.application.reenrolment import ReEnrolmentEntry
from visavis.bootstrap.labels import labels
from visavis.bootstrap.platform import Platform
from visavis.domain.drift import Monitor
from visavis.domain.gallery import Gallery
from visavis.evaluation.ageing import Ageing, AgeingLimits, AgeingReason
from visavis.wire.ageing import AgeingDocument, AgeingNote
from visavis.wire.monitors import MonitorEntry, histograms
from visavis.wire.v1.monitors import MonitorDetail

_MOST_MONITORS = (
    100  #: in the metrics of one answer: label values are what a time series database cannot bound
)


def monitor_detail(monitor: Monitor, needed: int) -> MonitorDetail:
    entry = MonitorEntry.of(monitor, needed)
    return MonitorDetail(
        **{name: getattr(entry, name) for name in type(entry).model_fields},
        histograms=histograms(monitor),
    )


async def whole_ageing_document(
    platform: Platform, gallery: Gallery, limits: AgeingLimits, *, after: str = "", limit: int
) -> AgeingDocument:
    """As many pages as the limit takes."""
    found: list[ReEnrolmentEntry] = []
    place: str | None = after
    while place is not None and len(found) < limit:
        page = await platform.re_enrolment(gallery, limits, after=place, limit=limit - len(found))
        found += page.entries
        place = page.next_after
    return AgeingDocument(
        gallery=gallery.name,
        at=datetime.now(UTC),
        subjects=tuple(ageing_note(entry, limits) for entry in found),
        next_after=place,
    )


def ageing_note(entry: ReEnrolmentEntry, limits: AgeingLimits) -> AgeingNote:
    ageing = entry.ageing
    return AgeingNote(
        subject=entry.subject.name,
        subject_id=str(entry.subject.id),
        reasons=tuple(reason.value for reason in ageing.reasons),
        text=" ".join(_said(reason, ageing, limits) for reason in ageing.reasons),
        references=entry.references,
        age_days=ageing.age.days,
        quality=ageing.quality,
        matches=ageing.matches,
        score=ageing.score,
        earlier_score=ageing.earlier_score,
        headroom=ageing.headroom,
    )


def _said(reason: AgeingReason, ageing: Ageing, limits: AgeingLimits) -> str:
    match reason:
        case AgeingReason.OLD:
            return f"The youngest reference is {ageing.age.days:,} days old."
        case AgeingReason.LOW_QUALITY:
            return (
                f"The best reference has quality {ageing.quality or 0.0:.0f}, less than {limits.quality:g}."
            )
        case AgeingReason.NEAR_THRESHOLD:
            return f"The last {limits.matches} matches were close to the threshold."
        case AgeingReason.DECLINING:
            return (
                f"The last {limits.matches} matches scored {ageing.score or 0.0:.2f} on average, "
                f"those before {ageing.earlier_score or 0.0:.2f}."
            )


async def drift_metrics(platform: Platform) -> list[str]:
    """Of the monitors of the caller's tenant and galleries, those with an alarm first, in the Prometheus text format.

    Raises what the store raises.
    """
    mine = platform.principal.galleries
    alarming = await platform.monitors.page(
        MonitorFilter(galleries=mine, alarming=True), limit=_MOST_MONITORS
    )
    quiet = await platform.monitors.page(MonitorFilter(galleries=mine, alarming=False), limit=_MOST_MONITORS)
    return lines([*alarming, *quiet][:_MOST_MONITORS])


def lines(monitors: Sequence[Monitor]) -> list[str]:
    """Gauges by gallery, source and signal."""
    if not monitors:
        return []
    alarms = ["# TYPE visavis_drift_alarm gauge"]
    indexes = ["# TYPE visavis_drift_psi gauge"]
    for monitor in monitors:
        for state in monitor.states:
            about = labels(gallery=monitor.gallery, source=monitor.source, signal=state.signal.value)
            alarms.append(f"visavis_drift_alarm{about} {int(state.alarm_since is not None)}")
            if state.finding is not None:
                indexes.append(f"visavis_drift_psi{about} {state.finding.psi:.6g}")
    return [*alarms, *indexes]
