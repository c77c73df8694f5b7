"""Rules that tell people about something as it happens, and the alerts they raise."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from visavis.domain.alert_kinds import AlertState, Severity, Trigger
from visavis.domain.decision import Outcome
from visavis.domain.errors import ValueInvalid
from visavis.domain.hours import Hours
from visavis.domain.occurrence import Occurrence
from visavis.domain.subject import GalleryId, SubjectId, checked_name

RuleId = NewType("RuleId", uuid.UUID)
AlertId = NewType("AlertId", uuid.UUID)
ChannelId = NewType("ChannelId", uuid.UUID)

MOST_CHANNELS: Final = 20  #: of a rule
_DAY_S: Final = 86_400.0
_MOST_NAMED: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a rule waits for. An empty set means any; `subjects` is `None` for anybody, and never widens: if all of its
    subjects are erased, it waits for nobody.

    `lasting_s`: the same subject, or the same track, was there (in the site and zone of the last event) for at least so
    many seconds. `times` in `within_s`: the same subject came at least so often there in so many seconds. `outcomes`,
    `subjects` and these two concern faces only; but for rules about silence `lasting_s` is for how long a camera may
    send nothing, 0: for ever, as long as nobody says that it is down.
    """

    trigger: Trigger = Trigger.SEEN
    galleries: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()
    outcomes: frozenset[Outcome] = frozenset({Outcome.MATCH})
    subjects: frozenset[SubjectId] | None = None
    lasting_s: float = 0.0
    times: int = 0
    within_s: float = 0.0
    when: Hours | None = None

    def __post_init__(self) -> None:
        if not (0.0 <= self.lasting_s <= _DAY_S and 0.0 <= self.within_s <= 7 * _DAY_S):
            raise ValueInvalid("A stay is watched for a day at most, returns for a week.")
        if self.times and not (2 <= self.times <= 1000 and self.within_s >= 1.0):
            raise ValueInvalid("Returns are counted from 2 to 1,000 times within a second or more.")
        named = (self.galleries, self.sources, self.sites, self.zones, self.subjects or ())
        if any(len(names) > _MOST_NAMED for names in named):
            raise ValueInvalid(f"A rule names at most {_MOST_NAMED} of a kind.")

    @property
    def looks_back(self) -> bool:
        """Whether earlier lines of the log are needed to decide."""
        return self.lasting_s > 0 or self.times > 0

    def takes(self, one: Occurrence) -> bool:
        """Whether it may be what is waited for, as far as one occurrence says."""
        return (
            one.trigger is self.trigger
            and (not self.galleries or one.gallery in self.galleries)
            and (not self.sources or one.source in self.sources)
            and (not self.sites or one.site in self.sites)
            and (not self.zones or one.zone in self.zones)
            and (self.trigger is not Trigger.SEEN or not self.outcomes or one.outcome in self.outcomes)
            and (self.subjects is None or one.subject_id in self.subjects)
            and (self.lasting_s > 0 or not one.is_quiet)
            and (self.when is None or self.when.cover(one.at))
        )


class AtNight(StrEnum):
    """What becomes of a message in quiet hours."""

    HOLD = "hold"  #: sent as a summary when they are over
    DROP = "drop"  #: not sent; the alert is there all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours in which only alerts of severity `through` and above are sent."""

    hours: Hours
    through: Severity = Severity.CRITICAL
    others: AtNight = AtNight.HOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What an alert does. One alert for each subject (or track, or camera) within `dedupe_s`: what happens meanwhile is
    counted into it. At most `most_per_hour` messages for a rule; the rest is told together when the hour is over."""

    channels: tuple[ChannelId, ...] = ()
    picture: bool = False
    dedupe_s: float = 300.0
    most_per_hour: int = 30
    quiet: Quiet | None = None

    def __post_init__(self) -> None:
        if len(self.channels) > MOST_CHANNELS or len(set(self.channels)) < len(self.channels):
            raise ValueInvalid(f"A rule has up to {MOST_CHANNELS} different channels.")
        if not (0.0 <= self.dedupe_s <= _DAY_S and 1 <= self.most_per_hour <= 3600):
            raise ValueInvalid(
                "Alerts are put together over a day at most; 1 to 3,600 messages an hour are sent."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """`since` is the sequence of the last event before the rule held: what was before is no news."""

    id: RuleId
    name: str
    enabled: bool
    severity: Severity
    condition: Condition
    effects: Effects
    created_at: datetime
    since: int = 0

    def __post_init__(self) -> None:
        checked_name(self.name, what="name of a rule")
        if self.created_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that a rule waited for. `key` says what else is the same thing, where no subject does.

    `rule`, `severity` and the place are as they were when it was opened; `opened_at` and `last_at` are times of what
    happened, not of the evaluation. `by` is who changed the state, as the audit log names actors. `sequence` orders
    changes of a tenant's alerts: whoever follows them sees a changed one again.
    """

    id: AlertId
    rule_id: RuleId
    rule: str
    severity: Severity
    trigger: Trigger
    gallery: str
    opened_at: datetime
    last_at: datetime
    raised_at: datetime
    gallery_id: GalleryId | None = None
    source: str = ""
    site: str = ""
    zone: str = ""
    outcome: Outcome | None = None
    subject_id: SubjectId | None = None
    key: str = ""
    text: str = ""  #: of a notice or a drift: a technical sentence
    count: int = 1
    state: AlertState = AlertState.OPEN
    by: str = ""
    note: str = ""
    changed_at: datetime | None = None
    sequence: int = 0

    def __post_init__(self) -> None:
        if len(self.note) > 2000 or self.count < 1:
            raise ValueInvalid("A note has at most 2,000 characters, and an alert happened at least once.")
        if self.opened_at.tzinfo is None or self.last_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")
