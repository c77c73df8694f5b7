"""What one tenant keeps about doors and attendance, in memory."""

from dataclasses import dataclass, field, replace

from visavis.domain.admission import AccessDecision, AccessId
from visavis.domain.attendance import AttendancePlan, Correction, CorrectionId
from visavis.domain.door import AccessRule, Contact, Door, DoorId
from visavis.domain.schedule import Schedule, ScheduleId
from visavis.domain.subject import GalleryId, SubjectId


@dataclass(slots=True, kw_only=True)
class PassageTables:
    """Its parts are never changed, only exchanged."""

    schedules: dict[ScheduleId, Schedule] = field(default_factory=dict)
    doors: dict[DoorId, Door] = field(default_factory=dict)
    contacts: dict[DoorId, Contact] = field(default_factory=dict)
    decisions: dict[AccessId, AccessDecision] = field(default_factory=dict)
    position: int = 0
    decided: int = 0
    plans: dict[GalleryId, AttendancePlan] = field(default_factory=dict)
    corrections: dict[CorrectionId, Correction] = field(default_factory=dict)

    def copy(self) -> "PassageTables":
        return replace(
            self,
            schedules=dict(self.schedules),
            doors=dict(self.doors),
            contacts=dict(self.contacts),
            decisions=dict(self.decisions),
            plans=dict(self.plans),
            corrections=dict(self.corrections),
        )

    def forget(self, subject_id: SubjectId) -> None:
        """The subject was erased: its corrections go, decisions and rules no longer name it."""
        self.corrections = {key: one for key, one in self.corrections.items() if one.subject_id != subject_id}
        self.decisions = {
            key: replace(one, subject_id=None) if one.subject_id == subject_id else one
            for key, one in self.decisions.items()
        }
        self.doors = {
            key: replace(one, rules=tuple(_without(rule, subject_id) for rule in one.rules))
            for key, one in self.doors.items()
        }


def _without(rule: AccessRule, subject_id: SubjectId) -> AccessRule:
    return rule if rule.subjects is None else replace(rule, subjects=rule.subjects - {subject_id})
