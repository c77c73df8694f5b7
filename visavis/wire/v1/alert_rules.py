"""Rules of alerts."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from visavis.domain.alert import MOST_CHANNELS, AlertRule, AtNight, ChannelId, Condition, Effects, Quiet
from visavis.domain.alert_kinds import Severity, Trigger
from visavis.domain.decision import Outcome
from visavis.domain.hours import Hours
from visavis.domain.schedule import Span
from visavis.domain.subject import SubjectId
from visavis.wire.model import Identifier, Model
from visavis.wire.v1.values import PLAIN, Name, Text, closed

_AT = r"([01]\d|2[0-3]):[0-5]\d"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

SpanText = Annotated[str, Field(pattern=f"^{_AT}-{_AT}$", max_length=11, examples=["22:00-06:00"])]
"""From a wall time until another; one that is not later is on the next day."""

Spans = Annotated[tuple[SpanText, ...], Field(max_length=20)]
Names = Annotated[tuple[Text, ...], Field(max_length=500)]
ZoneName = Annotated[str, Field(min_length=1, max_length=64, pattern=PLAIN, examples=["Europe/Berlin"])]


class WeeklyHours(Model):
    """Hours of a week in a time zone of the IANA data base; a day without spans has none."""

    model_config = closed(zone="Europe/Berlin", monday=["22:00-06:00"], tuesday=["22:00-06:00"])

    zone: ZoneName
    monday: Spans = ()
    tuesday: Spans = ()
    wednesday: Spans = ()
    thursday: Spans = ()
    friday: Spans = ()
    saturday: Spans = ()
    sunday: Spans = ()

    @property
    def hours(self) -> Hours:
        """Raises `ValueInvalid` for a zone that is none."""
        return Hours(zone=self.zone, weekly=tuple(_spans(getattr(self, day)) for day in _DAYS))

    @classmethod
    def of(cls, hours: Hours) -> Self:
        days = {
            day: tuple(f"{span.begins:%H:%M}-{span.ends:%H:%M}" for span in spans)
            for day, spans in zip(_DAYS, hours.weekly, strict=True)
        }
        return cls(zone=hours.zone, **days)


class RuleCondition(Model):
    """What a rule waits for; an empty list means any."""

    model_config = closed(galleries=["watchlist"], outcomes=["match"], zones=["Reception"])

    trigger: Trigger = Trigger.SEEN
    galleries: Annotated[tuple[Name, ...], Field(max_length=500)] = ()
    sources: Annotated[Names, Field(description="Cameras, gates or applications.")] = ()
    sites: Names = ()
    zones: Names = ()
    outcomes: Annotated[
        tuple[Outcome, ...], Field(max_length=10, description="non_match: somebody unknown.")
    ] = (Outcome.MATCH,)
    subjects: Annotated[
        tuple[UUID, ...] | None,
        Field(max_length=500, description="Null for anybody. Whoever is erased is no longer waited for."),
    ] = None
    lasting_s: Annotated[
        float,
        Field(
            ge=0,
            le=86_400,
            description="The same subject or track stayed in the zone so long. On silence: a camera sent "
            "nothing for so long; 0: no matter.",
        ),
    ] = 0.0
    times: Annotated[
        int, Field(ge=0, le=1000, description="The same subject came so often, 2 or more; 0: no matter.")
    ] = 0
    within_s: Annotated[float, Field(ge=0, le=604_800, description="In which the times are counted.")] = 0.0
    when: WeeklyHours | None = None

    @property
    def condition(self) -> Condition:
        """Raises `ValueInvalid`."""
        return Condition(
            trigger=self.trigger,
            galleries=frozenset(self.galleries),
            sources=frozenset(self.sources),
            sites=frozenset(self.sites),
            zones=frozenset(self.zones),
            outcomes=frozenset(self.outcomes),
            subjects=None if self.subjects is None else frozenset(map(SubjectId, self.subjects)),
            lasting_s=self.lasting_s,
            times=self.times,
            within_s=self.within_s,
            when=self.when.hours if self.when else None,
        )

    @classmethod
    def of(cls, condition: Condition) -> Self:
        return cls(
            trigger=condition.trigger,
            galleries=tuple(sorted(condition.galleries)),
            sources=tuple(sorted(condition.sources)),
            sites=tuple(sorted(condition.sites)),
            zones=tuple(sorted(condition.zones)),
            outcomes=tuple(sorted(condition.outcomes)),
            subjects=None if condition.subjects is None else tuple(sorted(condition.subjects)),
            lasting_s=condition.lasting_s,
            times=condition.times,
            within_s=condition.within_s,
            when=WeeklyHours.of(condition.when) if condition.when else None,
        )


class QuietHours(Model):
    """Hours in which only severe alerts are sent."""

    model_config = closed(hours={"zone": "Europe/Berlin", "sunday": ["00:00-00:00"]}, through="critical")

    hours: WeeklyHours
    through: Annotated[Severity, Field(description="These and more severe ones are sent.")] = (
        Severity.CRITICAL
    )
    others: Annotated[AtNight, Field(description="hold: told in a summary afterwards.")] = AtNight.HOLD


class RuleEffects(Model):
    """What an alert of the rule does."""

    model_config = closed(channels=["6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11"], dedupe_s=600)

    channels: Annotated[tuple[UUID, ...], Field(max_length=MOST_CHANNELS)] = ()
    picture: Annotated[
        bool,
        Field(description="With the face that the gallery keeps, where its policy and the channel allow it."),
    ] = False
    dedupe_s: Annotated[
        float, Field(ge=0, le=86_400, description="One alert for a subject or track in this time.")
    ] = 300.0
    most_per_hour: Annotated[
        int, Field(ge=1, le=3600, description="Messages; the rest is told together.")
    ] = 30
    quiet: QuietHours | None = None

    @property
    def effects(self) -> Effects:
        """Raises `ValueInvalid`."""
        quiet = self.quiet
        return Effects(
            channels=tuple(map(ChannelId, self.channels)),
            picture=self.picture,
            dedupe_s=self.dedupe_s,
            most_per_hour=self.most_per_hour,
            quiet=Quiet(hours=quiet.hours.hours, through=quiet.through, others=quiet.others)
            if quiet
            else None,
        )

    @classmethod
    def of(cls, effects: Effects) -> Self:
        quiet = effects.quiet
        return cls(
            channels=effects.channels,
            picture=effects.picture,
            dedupe_s=effects.dedupe_s,
            most_per_hour=effects.most_per_hour,
            quiet=QuietHours(hours=WeeklyHours.of(quiet.hours), through=quiet.through, others=quiet.others)
            if quiet
            else None,
        )


class AlertRuleCreate(Model):
    """A new rule; it holds from now on."""

    model_config = closed(
        name="watchlist at the door",
        severity="critical",
        condition={"galleries": ["watchlist"], "sources": ["door-1"]},
        effects={"dedupe_s": 600},
    )

    name: Name
    enabled: bool = True
    severity: Severity = Severity.WARNING
    condition: RuleCondition
    effects: RuleEffects = RuleEffects()


class AlertRuleEdit(Model):
    """What to change of a rule; what is left out stays as it is."""

    model_config = closed(enabled=False)

    name: Name | None = None
    enabled: bool | None = None
    severity: Severity | None = None
    condition: Annotated[RuleCondition | None, Field(description="The whole condition.")] = None
    effects: Annotated[RuleEffects | None, Field(description="All effects.")] = None


class AlertRuleNote(Model):
    id: Identifier
    name: str
    enabled: bool
    severity: Severity
    condition: RuleCondition
    effects: RuleEffects
    created_at: datetime

    @classmethod
    def of(cls, rule: AlertRule) -> Self:
        return cls(
            id=str(rule.id),
            name=rule.name,
            enabled=rule.enabled,
            severity=rule.severity,
            condition=RuleCondition.of(rule.condition),
            effects=RuleEffects.of(rule.effects),
            created_at=rule.created_at,
        )


class AlertRuleList(Model):
    rules: tuple[AlertRuleNote, ...]


def _spans(texts: Sequence[str]) -> tuple[Span, ...]:
    ends = [text.split("-") for text in texts]
    return tuple(
        Span(begins=time.fromisoformat(begins), ends=time.fromisoformat(until)) for begins, until in ends
    )
