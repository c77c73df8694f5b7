"""What one tenant keeps of rules, alerts and channels, in dictionaries."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime

from visavis.domain.alert import Alert, AlertId, AlertRule, ChannelId, RuleId
from visavis.domain.channel import Channel, Dispatch, DispatchId, PublishedCamera
from visavis.domain.event import EventId
from visavis.domain.occurrence import Notice
from visavis.domain.subject import SubjectId


@dataclass(slots=True, kw_only=True)
class AlertTables:
    """A part of `Tables`: exchanged, never changed."""

    position: int = 0
    sequence: int = 0
    rules: dict[RuleId, AlertRule] = field(default_factory=dict)
    notices: dict[uuid.UUID, Notice] = field(default_factory=dict)
    alerts: dict[AlertId, Alert] = field(default_factory=dict)
    told: dict[tuple[RuleId, EventId], AlertId] = field(default_factory=dict)  #: in the order of counting
    channels: dict[ChannelId, Channel] = field(default_factory=dict)
    holders: dict[ChannelId, tuple[uuid.UUID, datetime]] = field(default_factory=dict)
    cameras: dict[tuple[ChannelId, str, str], PublishedCamera] = field(default_factory=dict)
    dispatches: dict[DispatchId, Dispatch] = field(default_factory=dict)

    def copy(self) -> "AlertTables":
        return replace(
            self,
            rules=dict(self.rules),
            notices=dict(self.notices),
            alerts=dict(self.alerts),
            told=dict(self.told),
            channels=dict(self.channels),
            holders=dict(self.holders),
            cameras=dict(self.cameras),
            dispatches=dict(self.dispatches),
        )

    def forget(self, subject_id: SubjectId) -> None:
        """Takes the subject out of everything that names it; a rule that waited for it alone waits for nobody."""
        for alert in [one for one in self.alerts.values() if one.subject_id == subject_id]:
            self.alerts[alert.id] = replace(alert, subject_id=None)
        for notice in [one for one in self.notices.values() if one.subject_id == subject_id]:
            self.notices[notice.id] = replace(notice, subject_id=None)
        for rule in [one for one in self.rules.values() if subject_id in (one.condition.subjects or ())]:
            left = (rule.condition.subjects or frozenset()) - {subject_id}
            self.rules[rule.id] = replace(rule, condition=replace(rule.condition, subjects=left))
