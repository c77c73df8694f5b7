"""How right was what was recorded: decisions, identifiers, and how long people stayed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ops.scenes.chain import Decided
from ops.scenes.truth import Truth
from visavis.domain.decision import Outcome
from visavis.domain.subject import SubjectId
from visavis.domain.visit import Visit


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """Of tracks. `poor` were left undecided because no look was good enough, `inconclusive` for a person to decide."""

    tracks: int
    right: int
    wrong: tuple[str, ...]
    inconclusive: tuple[str, ...]
    poor: int

    @property
    def share(self) -> float:
        """Right ones, of those with a look that was good enough."""
        return self.right / max(self.tracks - self.poor, 1)


def of_visitors(done: Sequence[Decided], enrol_quality: float) -> Decisions:
    """In a gallery of visitors: who came first is new, who comes again is the same. The identifier of a human is the
    one that she got first, unless it was another's."""
    mine: dict[str, SubjectId] = {}
    owners: dict[SubjectId, str] = {}
    right, wrong, open_, poor = 0, list[str](), list[str](), 0
    for one in done:
        person, answer = one.sighting.person or "nobody", one.recorded
        if answer.subject_id is None:
            enough = answer.quality is not None and answer.quality >= enrol_quality
            poor += not enough
            if enough:
                open_.append(_told(one))
            continue
        new = person not in mine and answer.subject_id not in owners and one.sighting.person is not None
        if new or answer.subject_id == mine.get(person):
            right += 1
        else:
            wrong.append(_told(one))
        mine.setdefault(person, answer.subject_id)
        owners.setdefault(answer.subject_id, person)
    return Decisions(tracks=len(done), right=right, wrong=tuple(wrong), inconclusive=tuple(open_), poor=poor)


def of_enrolled(done: Sequence[Decided], enrolled: Collection[str], least_quality: float) -> Decisions:
    """Whoever is enrolled is to be recognised by name, and no stranger is to be taken for anybody."""
    right, wrong, open_, poor = 0, list[str](), list[str](), 0
    for one in done:
        answer = one.recorded
        expected = one.sighting.person if one.sighting.person in enrolled else None
        if answer.outcome is None or (answer.quality is not None and answer.quality < least_quality):
            poor += 1
        elif answer.outcome is Outcome.INCONCLUSIVE:
            open_.append(_told(one))
        elif (answer.subject if answer.outcome is Outcome.MATCH else None) == expected:
            right += 1
        else:
            wrong.append(_told(one))
    return Decisions(tracks=len(done), right=right, wrong=tuple(wrong), inconclusive=tuple(open_), poor=poor)


@dataclass(frozen=True, kw_only=True)
class Stayed:
    """One human on one day: from when to when in truth, and in the report about visits."""

    person: str
    first: tuple[datetime, datetime]
    last: tuple[datetime, datetime]

    @property
    def error_s(self) -> float:
        """Of the dwell time."""
        true, told = (self.last[0] - self.first[0]), (self.last[1] - self.first[1])
        return abs((told - true).total_seconds())


def stays(truth: Truth, done: Sequence[Decided], visits: Sequence[Visit]) -> list[Stayed]:
    """Of the days on which every appearance of a human was recorded under one identifier: where a decision was wrong
    or left open, dwell is wrong by that, and says nothing about how it is measured."""
    found = []
    for person, day in sorted(
        {(one.person, take.started_at) for take in truth.takes for one in take.appearances}
    ):
        takes = [take for take in truth.takes if take.started_at == day]
        true = [(take, one) for take in takes for one in take.appearances if one.person == person]
        seen = [
            one
            for one in done
            if one.sighting.person == person
            and one.sighting.take.started_at == day
            and one.recorded.subject_id is not None
        ]
        ids = {one.recorded.subject_id for one in seen}
        shown = {id(one.sighting.appearance) for one in seen}
        if len(ids) != 1 or len(shown) < len(true):
            continue
        (visit,) = [one for one in visits if one.subject_id in ids and one.first_at.date() == day.date()]
        first = min(take.moment(one.first_s) for take, one in true)
        last = max(take.moment(one.last_s) for take, one in true)
        found.append(Stayed(person=person, first=(first, visit.first_at), last=(last, visit.last_at)))
    return found


def _told(one: Decided) -> str:
    sighting, answer = one.sighting, one.recorded
    photo = sighting.appearance.photo if sighting.appearance else "nobody"
    outcome = answer.outcome.value if answer.outcome else "rejected"
    score, quality = answer.score or 0.0, answer.quality or 0.0
    return f"{photo} in {sighting.take.file}: {outcome}, score {score:.2f}, quality {quality:.0f}"
