"""Decides the faces of a capture with the other pack, too, and counts in what the two differ."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from visavis.application.identify import Identification, Identify
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.audit import Action
from visavis.domain.decision import Outcome
from visavis.domain.event import EventId
from visavis.domain.gallery import Gallery
from visavis.domain.sample import Rejection, Sample
from visavis.domain.subject import SubjectId, TenantId
from visavis.domain.template import ModelIdentity
from visavis.domain.trial import Agreement, Comparison, Disagreement, Trial, TrialState
from visavis.engine.assess import PROBE_GATE

_SAME_FACE = 0.3  #: overlap of two boxes from which on they show the same face


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decided:
    """What was answered, and with which model; an event for each result."""

    gallery: Gallery
    model: ModelIdentity
    results: Sequence[Identification]
    events: Sequence[EventId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """A pack, and the gallery as it sees it."""

    gallery: Gallery
    identify: Identify


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """What is to be added to a trial's figures."""

    comparisons: tuple[tuple[EventId, Comparison], ...] = ()
    errors: int = 0
    skipped: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareBeside:
    """One of the two has decided already; the other looks at the same picture, finds the faces by itself, and decides
    them. Of a face without a picture (a crop that was sent) it takes the crop, if both packs align faces alike."""

    in_force: Decider
    candidate: Decider
    alike: bool

    async def __call__(self, decided: Decided) -> Observations:
        """Raises what deciding raises."""
        by_candidate = decided.model == self.candidate.gallery.model
        faces = [
            (event_id, one)
            for event_id, one in zip(decided.events, decided.results, strict=True)
            if one.decision is not None
        ]
        usable = [(event_id, one) for event_id, one in faces if self._usable(one)]
        other = self.in_force if by_candidate else self.candidate
        second = await self._second(other, [one for _, one in usable])
        pairs = [
            (event_id, compared(theirs, one) if by_candidate else compared(one, theirs))
            for (event_id, one), theirs in zip(usable, second, strict=True)
        ]
        return Observations(comparisons=tuple(pairs), skipped=len(faces) - len(usable))

    def _usable(self, one: Identification) -> bool:
        if one.fused or not isinstance(one.found, Sample):
            return False
        return one.picture is not None or self.alike

    async def _second(self, other: Decider, results: Sequence[Identification]) -> list[Identification]:
        """For each result what the other makes of the face; each picture is looked at once."""
        seen: dict[int, list[Sample | Rejection]] = {}
        faces: list[Sample | Rejection | None] = []
        for one in results:
            if one.picture is None:
                faces.append(one.found)
                continue
            if id(one.picture) not in seen:
                seen[id(one.picture)] = await other.identify.inference.samples(one.picture, gate=PROBE_GATE)
            faces.append(_nearest(seen[id(one.picture)], one))
        decided = iter(await other.identify.found(other.gallery, [one for one in faces if one is not None]))
        return [Identification(found=None) if one is None else next(decided) for one in faces]


def _nearest(found: Sequence[Sample | Rejection], one: Identification) -> Sample | Rejection | None:
    """The same face, where the other pack found it, too."""
    box = one.found.face.box if one.found is not None else None
    if box is None or not found:
        return None
    best = max(found, key=lambda face: face.face.box.overlap(box))
    return best if best.face.box.overlap(box) >= _SAME_FACE else None


def compared(in_force: Identification, candidate: Identification) -> Comparison:
    """The same face, decided by each."""
    return Comparison(
        agreement=_agreement(_matched(in_force), _matched(candidate)),
        in_force_score=_score(in_force),
        candidate_score=_score(candidate),
        in_force_ms=in_force.took_ms,
        candidate_ms=candidate.took_ms,
    )


def _agreement(ours: SubjectId | None, theirs: SubjectId | None) -> Agreement:
    if ours is None and theirs is None:
        return Agreement.NEITHER
    if theirs is None:
        return Agreement.ONLY_IN_FORCE
    if ours is None:
        return Agreement.ONLY_CANDIDATE
    return Agreement.SAME if ours == theirs else Agreement.OTHER


def _matched(one: Identification) -> SubjectId | None:
    best = one.candidates.best if one.candidates else None
    matched = one.decision is not None and one.decision.outcome is Outcome.MATCH
    return best.subject_id if matched and best is not None else None


def _score(one: Identification) -> float | None:
    return one.decision.score.value if one.decision and one.decision.score else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTrial:
    """Adds to a trial's figures, and ends a canary whose indicators say so."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock

    async def __call__(self, trial: Trial, seen: Observations) -> Trial | None:
        """The trial as it is now; `None` if it is over."""
        async with self.store.transaction(self.tenant) as work:
            known = await work.trials.of(trial.gallery_id, lock=True)
            if known is None or known.id != trial.id:
                return None
            counted = _counted(known, seen)
            judged = await self._judged(work, counted)
            await work.trials.keep(judged)
            await work.trials.disagree(judged, self._disagreements(seen))
        return judged

    async def _judged(self, work: UnitOfWork, trial: Trial) -> Trial:
        """Back in shadow if a limit is violated: with an audit entry, and a notice that people see."""
        if trial.state is not TrialState.CANARY:
            return trial
        violated = trial.limits.violated(trial.canary)
        if not violated:
            return trial
        await self.ledger.note(
            work,
            Action.TRIAL_ROLLED_BACK,
            f"gallery:{trial.gallery_id}",
            pack=trial.pack,
            model=str(trial.model),
            violated=violated,
        )
        now = self.clock.now()
        return replace(trial, state=TrialState.SHADOW, notice=violated, changed_at=now)

    def _disagreements(self, seen: Observations) -> list[Disagreement]:
        now = self.clock.now()
        return [
            Disagreement(
                event_id=event_id,
                agreement=one.agreement,
                at=now,
                in_force_score=one.in_force_score,
                candidate_score=one.candidate_score,
            )
            for event_id, one in seen.comparisons
            if one.agreement.disagrees
        ]


def _counted(trial: Trial, seen: Observations) -> Trial:
    figures = replace(
        trial.figures,
        errors=trial.figures.errors + seen.errors,
        skipped=trial.figures.skipped + seen.skipped,
        dropped=trial.figures.dropped + seen.dropped,
    )
    for _, one in seen.comparisons:
        figures = figures.plus(one)
    return trial.with_figures(figures)
