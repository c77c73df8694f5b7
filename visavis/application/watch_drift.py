"""Look at what the detection log got since the last time, and notice when a source's captures change."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from visavis.application.ledger import Ledger
from visavis.application.places import Places
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.audit import Action
from visavis.domain.drift import OF_THE_CALIBRATION, Monitor, MonitorId, Signal, SignalState
from visavis.domain.drift_words import code, direction
from visavis.domain.errors import GalleryNotFound
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.subject import GalleryId, TenantId
from visavis.evaluation.drift import RULE, Rule, Turn, advanced
from visavis.evaluation.signals import CAPTURES, signals_of

_BATCH = 500
_MOST_BATCHES = 40  #: in one call, so that a long log keeps nobody else waiting
_ACTIONS = {Turn.RAISED: Action.DRIFT_RAISED, Turn.CLEARED: Action.DRIFT_CLEARED}
_KINDS = {Turn.RAISED: EventKind.DRIFT_RAISED, Turn.CLEARED: EventKind.DRIFT_CLEARED}

Place = tuple[GalleryId, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What is watched: `rule` decides, the reference lasts `span` at least, and senders who name ever new sources do
    not get more than `most_monitors` in a tenant; those without a capture for `idle` are removed."""

    rule: Rule = RULE
    span: timedelta = timedelta(0)
    most_monitors: int = 1000
    idle: timedelta = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A signal whose alarm was raised or cleared."""

    monitor: Monitor
    state: SignalState
    turn: Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchDrift:
    """The monitors of one tenant. Whoever calls it at the same time waits, and then finds it done."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers
    software: str
    watching: Watching = Watching()
    places: Places = field(default_factory=Places)

    async def __call__(self) -> int:
        """The number of events that were looked at; more may be left for the next call."""
        looked = 0
        for _ in range(_MOST_BATCHES):
            count = await self._batch()
            looked += count
            if count < _BATCH:
                break
        return looked

    async def tidy(self) -> int:
        """Removes monitors of sources that have sent nothing for long; how many."""
        async with self.store.transaction(self.tenant) as work:
            await work.monitors.claim()
            return await work.monitors.purge(self.clock.now() - self.watching.idle)

    async def _batch(self) -> int:
        async with self.store.transaction(self.tenant) as work:
            position = await work.monitors.claim()
            events = await work.events.page(EventFilter(), after=position, limit=_BATCH)
            if not events:
                return 0
            round_ = _Round(self.watching)
            room = self.watching.most_monitors - await work.monitors.count()
            calibrations = _Calibrations(work)
            for place, captures in _by_place(events).items():
                monitor, calibration = await work.monitors.of(*place), await calibrations.of(place[0])
                if calibration is None:
                    continue
                if monitor is None:
                    if room <= 0:
                        continue
                    room -= 1
                    monitor = self._new(captures[0])
                round_.take(monitor, captures, calibration)
            kept = await work.monitors.keep(round_.monitors)
            await work.monitors.advance(events[-1].sequence)
            await self._tell(work, [shift for shift in round_.shifts if shift.monitor.id in kept])
        return len(events)

    def _new(self, first: Event) -> Monitor:
        if first.gallery_id is None:
            raise TypeError("An event in the log belongs to a gallery.")
        return Monitor.new(
            MonitorId(self.identifiers.new()),
            gallery_id=first.gallery_id,
            gallery=first.gallery,
            source=first.source,
            at=first.recorded_at,
        )

    async def _tell(self, work: UnitOfWork, shifts: Sequence[Shift]) -> None:
        """An audit entry for each, then the events: they come last, as everything that locks the log."""
        for shift in shifts:
            finding = shift.state.finding
            await self.ledger.note(
                work,
                _ACTIONS[shift.turn],
                f"monitor:{shift.monitor.id}",
                gallery=str(shift.monitor.gallery_id),
                signal=shift.state.signal.value,
                direction=direction(finding) if finding else None,
                psi=_rounded(finding.psi if finding else None),
                p_value=_rounded(finding.p_value if finding else None),
                mean=_rounded(finding.mean if finding else None),
                reference_mean=_rounded(finding.reference_mean if finding else None),
            )
        await work.events.add(await self.places(work, [self._event(shift) for shift in shifts]))

    def _event(self, shift: Shift) -> Event:
        now = self.clock.now()
        return Event(
            id=EventId(self.identifiers.new()),
            kind=_KINDS[shift.turn],
            captured_at=now,
            recorded_at=now,
            gallery_id=shift.monitor.gallery_id,
            gallery=shift.monitor.gallery,
            source=shift.monitor.source,
            reference="",
            position=0,
            outcome=None,
            model=shift.monitor.model,
            reasons=(code(shift.state),),
            software=self.software,
        )


class _Calibrations:
    """What error rates of each gallery come from, asked once a batch."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._known: dict[GalleryId, str | None] = {}

    async def of(self, gallery_id: GalleryId) -> str | None:
        """`None` if the gallery is gone."""
        if gallery_id not in self._known:
            try:
                self._known[gallery_id] = (await self._work.galleries.get(gallery_id)).judged_by
            except GalleryNotFound:
                self._known[gallery_id] = None
        return self._known[gallery_id]


class _Round:
    """What one batch does to the monitors."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching
        self.monitors: list[Monitor] = []
        self.shifts: list[Shift] = []

    def take(self, monitor: Monitor, captures: Sequence[Event], calibration: str) -> None:
        """Captures of a batch in which the calibration changed were perhaps judged by the one before: error rates
        of the new one begin after them."""
        changed = monitor.calibration not in ("", calibration)
        left_out = OF_THE_CALIBRATION if changed else frozenset()
        monitor = monitor.of_calibration(calibration)
        shifts: list[tuple[SignalState, Turn]] = []
        for event in captures:
            if _is_counted(monitor, event):
                continue
            monitor, found = _after(monitor, event, self._watching, left_out)
            shifts += found
        self.monitors.append(monitor)
        self.shifts += [Shift(monitor=monitor, state=state, turn=turn) for state, turn in shifts]


def _is_counted(monitor: Monitor, event: Event) -> bool:
    """A line that was revised comes again; its capture is still the same."""
    return event.revision > 0 and monitor.captures > 0 and event.recorded_at <= monitor.last_at


def _after(
    monitor: Monitor, event: Event, watching: Watching, left_out: frozenset[Signal]
) -> tuple[Monitor, list[tuple[SignalState, Turn]]]:
    """The monitor after one more capture, and the alarms that changed by it."""
    if event.model:
        monitor = monitor.of_model(event.model)
    young = event.recorded_at - monitor.reference_since < watching.span
    values = {signal: value for signal, value in signals_of(event).items() if signal not in left_out}
    states, shifts = [], []
    for state in monitor.states:
        turn = None
        if state.signal in values:
            state, turn = advanced(
                state, values[state.signal], watching.rule, event.recorded_at, learning=young
            )
        states.append(state)
        if turn is not None:
            shifts.append((state, turn))
    after = replace(
        monitor,
        states=tuple(states),
        captures=monitor.captures + 1,
        last_at=max(monitor.last_at, event.recorded_at),
    )
    return after, shifts


def _by_place(events: Sequence[Event]) -> dict[Place, list[Event]]:
    """Captures by gallery and source, in order."""
    places: dict[Place, list[Event]] = {}
    for event in events:
        if event.kind in CAPTURES and event.gallery_id is not None:
            places.setdefault((event.gallery_id, event.source), []).append(event)
    return places


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
